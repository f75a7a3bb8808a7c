#pragma once
/// Start densities: evolve.initial and stationary.start share one grammar.
#include <string>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/study/initial.hpp"

namespace sgdflux::cli {

/// The density that `key` (section.name) holds: formula, point(x0 y0; w1 w2), or the density of a file of fields.
/// @throws SettingsError naming the key, also when it is missing; FileError. Not collective.
[[nodiscard]] study::Initial read_initial(const core::Settings& settings, const model::Sde& sde,
                                          const std::string& key);

}  // namespace sgdflux::cli
