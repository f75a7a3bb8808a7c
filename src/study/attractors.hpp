#pragma once
/// Rest points of the drift that a mesh should hold: a search for the domain from one place may see one well of
/// several.
#include <vector>

#include "sgdflux/model/sde.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::study {

/// Where paths of the drift come to rest that start in and around a box (centre and half widths per variable): distinct
/// points, n × dimension. Runge–Kutta 2(3) with step control; paths that leave for good or do not come to rest are left
/// out.
[[nodiscard]] core::Batch drift_attractors(const model::Sde& sde, const Eigen::VectorXd& centre,
                                           const Eigen::VectorXd& half);

/// Several variables: automatic axes with a linear map are widened to hold attractors outside of them, with half of the
/// width that they had to spare; for given axes, and other maps, a remark says what they do not hold.
void hold_attractors(const model::Sde& sde, const std::vector<mesh::AxisSpec>& wanted, Answer& answer);

}  // namespace sgdflux::study
