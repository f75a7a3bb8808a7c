#pragma once
/// Names that a person typed: nearest known one, validity.
#include <string>
#include <vector>

namespace sgdflux::core {

/// The known name with the smallest Damerau–Levenshtein distance to `typed`; empty when `known` is empty.
[[nodiscard]] std::string nearest_name(const std::string& typed, const std::vector<std::string>& known);

/// "unknown <what> 'typed'; did you mean 'nearest'?" or, when nothing is near, "…; known are a, b, c".
[[nodiscard]] std::string unknown_name(const std::string& what, const std::string& typed,
                                       const std::vector<std::string>& known);

/// Whether `name` may name a variable, parameter or observable: a letter, then letters, digits and '_',
/// and neither a function nor a constant of the formula language (sin, log, pi, …).
[[nodiscard]] bool is_identifier(const std::string& name);

}  // namespace sgdflux::core
