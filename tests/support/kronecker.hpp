#pragma once
/// Generators of two groups of variables and what their Kronecker sum does to a field.
#include <Eigen/LU>
#include <algorithm>
#include <random>
#include <vector>

#include "sgdflux/la/kronecker.hpp"

namespace sgdflux::test {

/// Rates of random jumps, columns summing to zero, with a rotation through all cells (complex pairs) and, when
/// `mirrored`, the same backwards. Eigenvalues are 0 and others with real parts below −1 or so.
inline Eigen::MatrixXd random_generator(Eigen::Index cells, unsigned seed, bool mirrored = false) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform;
  Eigen::MatrixXd rates =
      Eigen::MatrixXd::NullaryExpr(cells, cells, [&] { return uniform(random) / static_cast<double>(cells); });
  for (Eigen::Index i = 0; i < cells; ++i) {
    rates((i + 1) % cells, i) += 2 + uniform(random);
  }
  if (mirrored) {
    rates = (rates + rates.reverse()).eval();
    rates.topRightCorner(1, 1) *= 0.5;
    rates.bottomLeftCorner(1, 1) *= 0.5;
  }
  rates.diagonal().setZero();
  rates.diagonal() = -rates.colwise().sum().transpose();
  return rates;
}

/// A ⊗ 1 + 1 ⊗ B on the lattice of `shape`, `first` the axes of A, cells in C order.
inline Eigen::MatrixXd kronecker_sum(const mesh::Cell& shape, int dimension, const std::vector<int>& first,
                                     const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  mesh::Box lattice;
  lattice.upper = shape;
  const Eigen::Index cells = lattice.cells();
  const auto index_of = [&](const mesh::Cell& cell, bool in_first) {
    Eigen::Index index = 0;
    for (int d = 0; d < dimension; ++d) {
      if ((std::find(first.begin(), first.end(), d) != first.end()) == in_first) {
        index = index * shape[static_cast<std::size_t>(d)] + cell[static_cast<std::size_t>(d)];
      }
    }
    return index;
  };
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(cells, cells);
  for (Eigen::Index i = 0; i < cells; ++i) {
    for (Eigen::Index j = 0; j < cells; ++j) {
      const auto to = lattice.cell(i);
      const auto from = lattice.cell(j);
      sum(i, j) += index_of(to, false) == index_of(from, false) ? a(index_of(to, true), index_of(from, true)) : 0;
      sum(i, j) += index_of(to, true) == index_of(from, true) ? b(index_of(to, false), index_of(from, false)) : 0;
    }
  }
  return sum;
}

/// Random numbers of zero sum.
inline Eigen::VectorXd balanced(Eigen::Index cells, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Eigen::VectorXd values = Eigen::VectorXd::NullaryExpr(cells, [&] { return normal(random); });
  values.array() -= values.mean();
  return values;
}

}  // namespace sgdflux::test
