#pragma once
/// The SDE in computational coordinates.
#include "sgdflux/mesh/partition.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::fv {

using core::Batch;
using core::BatchView;
using core::Index;

/// Drift B (n × dimension) and diffusion A (n × dimension(dimension+1)/2, model::pair_index) of ξ, where
/// ∂ₜP = −∂_i[B_i P − ½ ∂_j(A_ij P)] for P(ξ) = p(x) ΠX_d'(ξ_d).
struct Coefficients {
  Batch drift;
  Batch diffusion;
};

/// Physical points X(ξ), shape n × dimension.
[[nodiscard]] Batch physical(const mesh::Grid& grid, const BatchView& xi);
/// Itô's formula: B_i = b_i/X_i' − ½ a_ii X_i''/X_i'³, A_ij = a_ij/(X_i' X_j').
[[nodiscard]] Coefficients push_forward(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi);

/// ξ of the cell centres of a box (cells beyond periodic ends wrapped), shape box.cells() × dimension, C order.
[[nodiscard]] Batch centres(const mesh::Grid& grid, const mesh::Box& box);
/// Physical cell centres of a box: one variable (n), all of them (n × dimension), C order. Optionally ξ of axis `moved`
/// is moved `by` a distance.
[[nodiscard]] Eigen::ArrayXd coordinate(const mesh::Grid& grid, const mesh::Box& box, int d);
[[nodiscard]] Batch points(const mesh::Grid& grid, const mesh::Box& box, int moved = -1, double by = 0);
/// `values` (C order of the box) times X_d' at the centres, of all axes but `except`; or over them.
void multiply_slopes(const mesh::Grid& grid, const mesh::Box& box, Eigen::Ref<Eigen::ArrayXd> values, int except = -1);
void divide_slopes(const mesh::Grid& grid, const mesh::Box& box, Eigen::Ref<Eigen::ArrayXd> values, int except = -1);
/// Jacobian ΠX_d' at the cell centres of a box: P = p · Jacobian. Shape box.cells().
[[nodiscard]] Eigen::ArrayXd jacobian(const mesh::Grid& grid, const mesh::Box& box);

/// push_forward of coefficients that must exist. @throws SettingsError naming the variable and the point where b or a
/// is NaN or infinite.
[[nodiscard]] Coefficients finite_coefficients(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi);

/// Coefficients at the cell centres of a box. @throws SettingsError naming the variable and the point where b or a is
/// NaN or infinite.
[[nodiscard]] Coefficients cell_coefficients(const model::Sde& sde, const mesh::Grid& grid, const mesh::Box& box);

}  // namespace sgdflux::fv
