#pragma once
/// Quantities that are monotone functions of one variable, and their densities.
#include <optional>
#include <string>

#include "law.hpp"

namespace sgdflux::study {

/// q as a function of one variable x_axis: its values along the axis and |dq/dξ|.
struct MarginalFunction {
  std::string name;
  int axis = 0;
  int derived = -1;          ///< −1: the variable itself
  Eigen::ArrayXd positions;  ///< q at the cell centres of the axis
  Eigen::ArrayXd slope;      ///< |dq/dξ| there

  /// Density of q (per unit of q) at the cell centres of the axis. Collective.
  [[nodiscard]] Eigen::ArrayXd density(const Law& law) const;
  /// Its mode, in units of cells from the first centre; nodes without density above noise, or where q's slope
  /// underflows, do not count. Collective.
  [[nodiscard]] std::optional<double> mode(const Law& law) const;
  /// q at a position in units of cells, 0 = first centre.
  [[nodiscard]] double value_at(const Law& law, double position) const;
  /// Standard deviation of q on the mesh. Collective.
  [[nodiscard]] double spread(const Law& law) const;
};

/// Variable `which`, or derived quantity `which` − dimension, as a function of one variable; empty when it depends on
/// several or is not strictly monotone on the axis.
[[nodiscard]] std::optional<MarginalFunction> marginal_function(const Law& law, int which);

}  // namespace sgdflux::study
