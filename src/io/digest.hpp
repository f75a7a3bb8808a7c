#pragma once
/// SHA-256.
#include <string>

namespace sgdflux::io {

/// Hexadecimal SHA-256 of bytes.
[[nodiscard]] std::string sha256(const std::string& bytes);

}  // namespace sgdflux::io
