#pragma once
/// From settings to the problem that `stationary` solves. Also used by whatever else starts from a model on a mesh.
#include <memory>
#include <vector>

#include "run.hpp"
#include "sgdflux/model/observable.hpp"
#include "sgdflux/study/stationary.hpp"

namespace sgdflux::cli {

struct StationaryProblem {
  std::unique_ptr<model::Sde> sde;
  study::StationaryOptions options;
  std::vector<model::Observable> observables;
};

/// Reads [parameters], [model], [mesh], [scheme], [observe] and validates them. The same on every rank.
/// @throws SettingsError, FileError
[[nodiscard]] StationaryProblem pose_stationary(const core::Settings& settings);

/// The settings with defaults filled in; lines of mesh.file are taken over. @throws as pose_stationary.
[[nodiscard]] Resolved resolve_stationary(const core::Settings& settings);

}  // namespace sgdflux::cli
