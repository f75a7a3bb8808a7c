#pragma once
/// Values between cell centres.
#include "sgdflux/core/types.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::observe {

/// Values at physical points (n × dimension → n) by tensor products of Lagrange polynomials in ξ through the `nodes`
/// nearest cell centres of each axis (all of them on shorter axes); `whole` holds all cells in C order. Along periodic
/// axes it wraps; between a last centre and its wall it extrapolates by half a cell. Points outside the mesh give NaN.
/// Not collective.
[[nodiscard]] Eigen::ArrayXd interpolate(const mesh::Grid& grid, const Eigen::ArrayXd& whole,
                                         const core::BatchView& points, int nodes = 8);

/// The same at the cell centres of `box` of `other`, a grid of the same axes with other numbers of cells: axis by axis,
/// which costs `nodes` operations a cell and axis. C order of the box. Not collective.
[[nodiscard]] Eigen::ArrayXd interpolate(const mesh::Grid& grid, const Eigen::ArrayXd& whole, const mesh::Grid& other,
                                         const mesh::Box& box, int nodes = 8);

/// The cells of `grid` that this interpolation reads, a few more than the image of `box` on it holds; it may reach
/// beyond periodic ends. Empty for an empty box.
[[nodiscard]] mesh::Box interpolation_box(const mesh::Grid& grid, const mesh::Grid& other, const mesh::Box& box,
                                          int nodes = 8);
/// The same interpolation from values on a box `from` of `grid`, which holds interpolation_box.
[[nodiscard]] Eigen::ArrayXd interpolate(const mesh::Grid& grid, const mesh::Box& from, const Eigen::ArrayXd& values,
                                         const mesh::Grid& other, const mesh::Box& box, int nodes = 8);

/// The cells of `grid` that interpolation at a physical point inside of it reads. @throws InternalError for a point
/// outside.
[[nodiscard]] mesh::Box interpolation_box(const mesh::Grid& grid, const Eigen::VectorXd& point, int nodes = 8);
/// Interpolation at that point from values on that box.
[[nodiscard]] double interpolate(const mesh::Grid& grid, const mesh::Box& from, const Eigen::ArrayXd& values,
                                 const Eigen::VectorXd& point, int nodes = 8);

}  // namespace sgdflux::observe
