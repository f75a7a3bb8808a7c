#pragma once
/// The names that the formula language itself owns.
#include <string>
#include <vector>

namespace sgdflux::core {

/// Functions of the formula language: sin, log, min, ….
[[nodiscard]] const std::vector<std::string>& function_names();
/// Constants of the formula language: pi, _pi, _e.
[[nodiscard]] const std::vector<std::string>& constant_names();

}  // namespace sgdflux::core
