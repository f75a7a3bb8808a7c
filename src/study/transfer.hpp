#pragma once
/// Densities carried from one grid to another, each rank holding its own cells of both.
#include "assembly.hpp"

namespace sgdflux::study {

/// The density of `from` at the owned centres of `to`, a grid of the same domain and maps: interpolated by its
/// logarithm where it is nowhere negative but for noise (Gaussians are then exact), as it is otherwise.
/// @param nodes of the Lagrange polynomials along each axis. Collective.
[[nodiscard]] Eigen::ArrayXd transferred(const Assembly& from, const Eigen::ArrayXd& density, const Assembly& to,
                                         int nodes = 8);

}  // namespace sgdflux::study
