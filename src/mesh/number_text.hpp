#pragma once
/// Numbers as text that reads back to the same double.
#include <string>

namespace sgdflux::mesh {

/// Shortest decimal text that reads back to `value` exactly (at most 17 significant digits).
[[nodiscard]] std::string number_text(double value);

}  // namespace sgdflux::mesh
