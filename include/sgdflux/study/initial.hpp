#pragma once
/// Initial densities.
#include <functional>
#include <string>
#include <vector>

#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

/// An initial density in the model's variables, not necessarily normalised: the mass on the mesh is made 1, and how far
/// it was from 1 does not matter.
struct Initial {
  std::string what;  ///< as the user wrote it, for messages
  /// Density at n physical points, n × dimension → n. Must be ≥ 0 and not 0 everywhere.
  std::function<Eigen::ArrayXd(const core::BatchView& x)> density;
  Eigen::VectorXd center, width;       ///< of a point; empty for others
  std::string key = "evolve.initial";  ///< the setting that holds it, for messages
};

/// Gaussian of independent variables: centre and standard deviations > 0. @throws SettingsError for wrong counts or
/// widths.
[[nodiscard]] Initial point_density(const model::Sde& sde, const Eigen::VectorXd& center, const Eigen::VectorXd& width);

/// Formula of variables, derived quantities, parameters and constants; `name` of the setting, for messages. @throws
/// SettingsError when it does not parse.
[[nodiscard]] Initial formula_density(const model::Sde& sde, const std::string& formula,
                                      const std::map<std::string, double>& constants,
                                      const std::string& name = "initial");

/// A density stored on a grid (all cells, C order, per unit volume of the variables), interpolated where the mesh
/// differs. @throws SettingsError when its axes are not the model's variables.
[[nodiscard]] Initial stored_density(const model::Sde& sde, const std::vector<mesh::AxisSpec>& axes,
                                     Eigen::ArrayXd values, const std::string& file);

}  // namespace sgdflux::study
