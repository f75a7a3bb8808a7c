#include "number_text.hpp"

#include <array>
#include <charconv>

namespace sgdflux::mesh {

std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace sgdflux::mesh
