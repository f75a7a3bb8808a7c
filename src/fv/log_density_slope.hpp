#pragma once
/// The gradient that ln P has where detailed balance holds, in units of cells.
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/fv/lattice_decomposition.hpp"

namespace sgdflux::fv {

using LatticeVector = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, core::max_dimension, 1>;

/// D_ij = A_ij/(h_i h_j) of one row of coefficients.
[[nodiscard]] LatticeTensor lattice_tensor(const mesh::Grid& grid, const Coefficients& at, Index row);

/// (B − ½∇·A)_i/h_i at points ξ (n × dimension → n × dimension): the drift that is left when the flux is written as
/// J = d P − ½ D ∇P. ∇·A by central differences of order 8 that stay within 0.2 cells of the points.
/// @throws SettingsError for coefficients that are not finite.
[[nodiscard]] Batch lattice_drift(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi,
                                  const Coefficients& at);

/// c = 2 D⁺ d, D⁺ the pseudo-inverse (eigenvalues below 1e−10 of the largest count as 0). With d of lattice_drift,
/// where detailed balance holds and D is invertible, c is the gradient of ln P.
[[nodiscard]] LatticeVector log_density_slope(const LatticeTensor& tensor, const LatticeVector& drift);

/// log_density_slope at points ξ, n × dimension. @throws SettingsError for coefficients that are not finite.
[[nodiscard]] Batch log_density_slopes(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi);

/// Δψ = ∫ c·dl from points ξ (n × dimension) to one cell further along an axis, by ten Gauss points; shape n.
/// @throws SettingsError for coefficients that are not finite.
[[nodiscard]] Eigen::ArrayXd edge_exponents(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi,
                                            int axis);

/// Whether D is singular to the accuracy of log_density_slope.
[[nodiscard]] bool singular(const LatticeTensor& tensor);

}  // namespace sgdflux::fv
