#pragma once
/// Evenly spaced numbers in one word: log(a, b) n and linear(a, b) n.
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// `count` ≥ 2 numbers from `lower` to `upper`, evenly spaced in the logarithm or in the number; both ends are exact.
[[nodiscard]] std::vector<double> spread(bool logarithmic, double lower, double upper, int count);

/// Whether the value of `key` begins with log(a, b) or linear(a, b); log(a) alone is a formula.
[[nodiscard]] bool is_range(const core::Settings& settings, const std::string& key);

/// The increasing numbers that such a value stands for; a, b and n may be formulas of [parameters].
/// @throws SettingsError naming key, value and what is allowed.
[[nodiscard]] std::vector<double> read_range(const core::Settings& settings, const std::string& key);

}  // namespace sgdflux::cli
