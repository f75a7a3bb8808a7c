#pragma once
/// From settings to what every study starts from: a model on a mesh with a scheme, and formulas to be averaged.
#include <memory>
#include <string>
#include <vector>

#include "run.hpp"
#include "sgdflux/model/observable.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::cli {

struct Problem {
  std::unique_ptr<model::Sde> sde;
  study::Options options;
  std::vector<model::Observable> observables;
};

/// The options of a study with what is common to all studies filled in.
template <class Options>
[[nodiscard]] Options common_options(const Problem& problem) {
  Options options;
  static_cast<study::Options&>(options) = problem.options;
  return options;
}

/// Reads [parameters], [model], [mesh], [scheme], [observe] and validates them. The same on every rank.
/// @throws SettingsError, FileError
[[nodiscard]] Problem pose(const core::Settings& settings);

/// The settings with defaults filled in, those of the command's own `section` ("": none) as well; lines of mesh.file
/// are taken over. @throws as pose.
[[nodiscard]] Resolved resolve(const core::Settings& settings, const std::string& section);

/// The formula that `key` (section.name) holds, over the model's variables, derived quantities, parameters and the
/// constants of [parameters]. @throws SettingsError with the key and its origin.
[[nodiscard]] model::Observable read_formula(const core::Settings& settings, const model::Sde& sde,
                                             const std::string& key);

}  // namespace sgdflux::cli
