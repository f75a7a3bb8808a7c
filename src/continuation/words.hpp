#pragma once
/// Numbers in messages.
#include <sstream>
#include <string>

namespace sgdflux::continuation {

/// Ten significant digits.
[[nodiscard]] inline std::string text(double value) {
  std::ostringstream out;
  out.precision(10);
  out << value;
  return out.str();
}

}  // namespace sgdflux::continuation
