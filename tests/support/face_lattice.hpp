#pragma once
/// Two-point rates on lattices of any shape, and the matrix that they stand for.
#include <Eigen/SparseCore>
#include <cmath>
#include <vector>

#include "sgdflux/la/face_rates.hpp"
#include "sgdflux/la/ghosts.hpp"

namespace sgdflux::test {

/// Relaxation towards the middle of a lattice: up = c_d(1 − s_d), down = c_d(1 + s_d) with s_d from −steepness/2 to
/// steepness/2, times 10^(decades·position along axis 0).
struct FaceLattice {
  std::vector<core::Index> cells;
  std::vector<bool> periodic;
  std::vector<double> strength;
  double steepness = .5;
  double decades = 0;

  [[nodiscard]] int dimension() const { return static_cast<int>(cells.size()); }
  [[nodiscard]] mesh::Box box() const {
    mesh::Box all;
    std::copy(cells.begin(), cells.end(), all.upper.begin());
    return all;
  }
  [[nodiscard]] la::Decomposition decomposition() const {
    la::Decomposition result;
    result.boxes = {box()};
    result.shape = box().upper;
    result.dimension = dimension();
    std::copy(periodic.begin(), periodic.end(), result.periodic.begin());
    return result;
  }
  [[nodiscard]] la::FaceRates rates(std::size_t axis) const {
    mesh::Box faces = box();
    ++faces.upper[axis];
    la::FaceRates result{Eigen::ArrayXd::Zero(faces.cells()), Eigen::ArrayXd::Zero(faces.cells())};
    for (core::Index i = 0; i < faces.cells(); ++i) {
      const mesh::Cell face = faces.cell(i);
      const double at = static_cast<double>(face[axis] % cells[axis]) / static_cast<double>(cells[axis]);
      const double along = static_cast<double>(face[0] % cells[0]) / static_cast<double>(cells[0]);
      if (periodic[axis] || (face[axis] > 0 && face[axis] < cells[axis])) {
        const double level = strength[axis] * std::pow(10, decades * along);
        result.up(i) = level * (1 - steepness * (at - .5));
        result.down(i) = level * (1 + steepness * (at - .5));
      }
    }
    return result;
  }
  [[nodiscard]] std::vector<la::FaceRates> all_rates() const {
    std::vector<la::FaceRates> result;
    for (std::size_t axis = 0; axis < cells.size(); ++axis) {
      result.push_back(rates(axis));
    }
    return result;
  }

  /// σ − L.
  [[nodiscard]] Eigen::SparseMatrix<double> matrix(double shift) const { return matrix(shift, all_rates()); }
  /// The same for other rates.
  [[nodiscard]] Eigen::SparseMatrix<double> matrix(double shift, const std::vector<la::FaceRates>& all_faces) const {
    const mesh::Box all = box();
    std::vector<Eigen::Triplet<double>> entries;
    for (std::size_t axis = 0; axis < cells.size(); ++axis) {
      const la::FaceRates& face = all_faces[axis];
      mesh::Box faces = all;
      ++faces.upper[axis];
      for (core::Index i = 0; i < all.cells(); ++i) {
        mesh::Cell below = all.cell(i);
        const core::Index f = faces.position(below);
        below[axis] = (below[axis] + cells[axis] - 1) % cells[axis];
        const core::Index j = all.position(below);
        for (const auto& [row, column, value] :
             {std::tuple{i, j, -face.up(f)}, {j, j, face.up(f)}, {j, i, -face.down(f)}, {i, i, face.down(f)}}) {
          entries.emplace_back(static_cast<int>(row), static_cast<int>(column), value);
        }
      }
    }
    for (core::Index i = 0; i < all.cells(); ++i) {
      entries.emplace_back(static_cast<int>(i), static_cast<int>(i), shift);
    }
    Eigen::SparseMatrix<double> result(all.cells(), all.cells());
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  }
};

}  // namespace sgdflux::test
