#pragma once
/// Section [evolve].
#include <functional>
#include <memory>
#include <vector>

#include "problem.hpp"
#include "sgdflux/study/evolve.hpp"

namespace sgdflux::cli {

/// Keys evolve.schedule.<parameter> without that prefix.
[[nodiscard]] std::vector<std::string> scheduled(const core::Settings& settings);

/// The model at time t with its scheduled parameters and constants replaced, checked at 201 times in [0, until]; empty
/// without a schedule. @throws SettingsError naming parameter, time, value and range; so does the function itself.
[[nodiscard]] std::function<std::unique_ptr<model::Sde>(double)> read_schedule(const core::Settings& settings,
                                                                               const model::Sde& sde, double until);

/// All of [evolve] but checkpoint and restart. @throws SettingsError, FileError
[[nodiscard]] study::EvolveOptions read_evolve(const core::Settings& settings, const Problem& problem);

}  // namespace sgdflux::cli
