#pragma once
/// A model seen from a part of its state space.
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

/// A periodic variable: values from `cut` on are those `length` below. Length 0: no ring.
struct Ring {
  double cut = 0;
  double length = 0;
};

/// The same SDE with variable `axis` inside an interval that no path leaves. The model must outlive it.
/// On a ring the interval may reach beyond the cut.
[[nodiscard]] std::unique_ptr<model::Sde> restricted(const model::Sde& sde, int axis, const model::Interval& interval,
                                                     const Ring& ring = {});

/// The dynamics of the other variables on the invariant surface x_axis = value, with the derived quantity `rate_name`,
/// the transversal growth rate ∂_d b_d − ½Σ_k(∂_d s_dk)² at the surface. The model must outlive it.
[[nodiscard]] std::unique_ptr<model::Sde> on_surface(const model::Sde& sde, int axis, double value);
inline const std::string rate_name = "transversal_rate";

/// The dynamics of the variables `axes` (ascending) while the others stay at the values of `point` (one entry per
/// variable of the whole). No derived quantities. The model must outlive it.
[[nodiscard]] std::unique_ptr<model::Sde> section(const model::Sde& sde, const std::vector<int>& axes,
                                                  const Eigen::VectorXd& point);

/// An axis cut to an interval of the variable: its map goes on with as many cells as fall inside; an automatic axis
/// stays automatic, and so does one with fewer than four cells inside.
[[nodiscard]] mesh::AxisSpec clipped(const mesh::AxisSpec& axis, const model::Interval& interval);

/// The axes with fewer cells, so that there are no more than `most` in all.
[[nodiscard]] std::vector<mesh::AxisSpec> limited(std::vector<mesh::AxisSpec> mesh, double most);

/// "x > 0", "0 < x < 1", "every x".
[[nodiscard]] std::string words(const std::string& variable, const model::Interval& interval);

}  // namespace sgdflux::study
