#pragma once
/// What every study is told about mesh, scheme and errors.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/model/observable.hpp"

namespace sgdflux::study {

struct Options {
  std::vector<mesh::AxisSpec> mesh;  ///< one per variable, in the order of the variables; automatic ones are resolved
  std::string flux = "auto";         ///< exact | order2 | order4 | order6 | order8 | monotone | limited | auto
  double damping = -1;               ///< 0…1; negative: automatic
  bool estimate = true;              ///< error estimates from a second grid
  core::Index max_cells = 4000000;   ///< of automatic meshes
  /// Target of automatic meshes for the errors of means and covariances relative to their scales, in [1e-12, 1). Empty:
  /// 1e-6 within a moderate effort, and no reason for a verdict if it is missed. `stationary` only.
  std::optional<double> tolerance;
  double memory_limit = 0;  ///< bytes per rank that may be used; 0: what the machine has free
  /// Called with a phase in words and its fraction done in [0, 1]; may be empty. Rank 0 only.
  std::function<void(const std::string&, double)> progress;
  /// @throws SettingsError naming field, value and range; call on every rank before anything collective.
  void validate(const model::Sde& sde) const;
};

}  // namespace sgdflux::study
