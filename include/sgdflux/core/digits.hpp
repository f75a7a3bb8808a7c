#pragma once
/// Numbers as text.
#include <string>

namespace sgdflux::core {

/// 17 significant digits: reads back to the same double.
[[nodiscard]] std::string exact_digits(double value);

}  // namespace sgdflux::core
