#include "sgdflux/core/digits.hpp"

#include <sstream>

namespace sgdflux::core {

std::string exact_digits(double value) {
  std::ostringstream text;
  text.precision(17);
  text << value;
  return text.str();
}

}  // namespace sgdflux::core
