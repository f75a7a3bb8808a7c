#pragma once
/// The second-order generator as two numbers per face: what multigrid works on.
#include "sgdflux/fv/generator.hpp"

namespace sgdflux::fv {

/// Along one axis: the rate (1/time) at which a unit of density of the cell below a face goes up through it, and that
/// of the cell above going down: (L P)_c = Σ_axes up(f)P_{c−1} − down(f)P_c − up(f')P_c + down(f')P_{c+1}, f below and f'
/// above c. Shape faces_of(owned, axis), C order; 0 at ends that are not periodic.
struct TwoPoint {
  Eigen::ArrayXd up;
  Eigen::ArrayXd down;
};

/// Of the central second-order flux, up = (A/h + B)/2h of the cell below and down = (A/h − B)/2h of the one above; where
/// that would be negative the diffusive half (up + down)/2 is raised to |up − down|/2. Correlations of the noise are
/// left out. One entry per axis. Not collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] std::vector<TwoPoint> two_point_generator(const Discretisation& problem, const mesh::Box& owned);

}  // namespace sgdflux::fv
