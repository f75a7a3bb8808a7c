#pragma once
/// How much of a start density lies where, in one variable.
#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/study/initial.hpp"

namespace sgdflux::study {

/// The stretch of a one-dimensional axis on which a start density counts: a given mesh, or the natural domain.
[[nodiscard]] model::Interval start_range(const model::Sde& sde, const mesh::AxisSpec& axis);

/// ∫ρ over an interval, to 1e−10. @throws SettingsError naming stationary.start where ρ is negative or not finite, or
/// when its mass does not converge towards ±∞.
[[nodiscard]] double start_mass(const model::Sde& sde, const Initial& start, const model::Interval& interval);

/// ρ at n points, 0 outside of the range.
[[nodiscard]] Eigen::ArrayXd start_values(const Initial& start, const model::Interval& range, const Eigen::ArrayXd& x);

/// Points that integrals over the start density should not straddle: around the centre of a point.
[[nodiscard]] std::vector<double> start_stops(const Initial& start);

}  // namespace sgdflux::study
