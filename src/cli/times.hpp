#pragma once
/// Lists of times and frequencies.
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// The numbers that `key` holds, strictly increasing and in `range`: `log(a, b) n` or `linear(a, b) n` for n ≥ 2
/// numbers from a to b, evenly spaced in the logarithm or in the number, or the numbers themselves.
/// @throws SettingsError naming key, value and range.
[[nodiscard]] std::vector<double> read_times(const core::Settings& settings, const std::string& key,
                                             const core::Range& range);

/// evolve.outputs: as read_times in [0, until], or one integer n for 0 and n equally spaced times up to `until`, which
/// is always the last.
[[nodiscard]] std::vector<double> read_outputs(const core::Settings& settings, double until);

}  // namespace sgdflux::cli
