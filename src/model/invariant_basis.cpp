#include "invariant_basis.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <utility>
#include <vector>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::model {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXcd;

constexpr double largest_condition = 1e6;

/// Positions of one or two eigenvalues.
using Block = std::vector<Index>;

double condition(const MatrixXd& basis) {
  const Eigen::VectorXd values = Eigen::JacobiSVD<MatrixXd>(basis).singularValues();
  const double least = values(values.size() - 1);
  return least > 0 ? values(0) / least : std::numeric_limits<double>::infinity();
}

/// Whether the product over the block of A − λ is real: no complex eigenvalue is without its conjugate.
bool is_real(const VectorXcd& values, const Block& block) {
  return values(block.front()) == std::conj(values(block.back())) ||
         (values(block.front()).imag() == 0 && values(block.back()).imag() == 0);
}

/// Kernel of Π(A − λ): as many columns as eigenvalues.
MatrixXd subspace(const MatrixXd& a, const VectorXcd& values, const Block& block) {
  const MatrixXd one = MatrixXd::Identity(a.rows(), a.cols());
  MatrixXd product = a - values(block[0]).real() * one;
  if (block.size() > 1) {
    const double sum = (values(block[0]) + values(block[1])).real();
    product = a * a - sum * a + (values(block[0]) * values(block[1])).real() * one;
  }
  return Eigen::JacobiSVD<MatrixXd>(product, Eigen::ComputeFullV).matrixV().rightCols(static_cast<Index>(block.size()));
}

/// Ways to put the eigenvalues into pairs: partners of the first one, then the rest; a single one comes last.
std::vector<std::vector<Block>> pairings(Index n) {
  switch (n) {
    case 3:
      return {{{0, 1}, {2}}, {{0, 2}, {1}}, {{1, 2}, {0}}};
    case 4:
      return {{{0, 1}, {2, 3}}, {{0, 2}, {1, 3}}, {{0, 3}, {1, 2}}};
    default:
      return {};
  }
}

/// Planes of the axes themselves, which no eigenvalue tells apart when both have the same.
std::vector<std::vector<Block>> planes_that_do_not_interact(const MatrixXd& a) {
  std::vector<std::vector<Block>> found;
  for (const std::vector<Block>& planes : pairings(a.rows())) {
    double across = 0;
    for (const Index i : planes[0]) {
      for (const Index j : planes[1]) {
        across += std::abs(a(i, j)) + std::abs(a(j, i));
      }
    }
    if (across == 0) {
      found.push_back(planes);
    }
  }
  return found;
}

MatrixXd axes_in_order(const std::vector<Block>& planes, Index n) {
  MatrixXd basis = MatrixXd::Zero(n, n);
  Index column = 0;
  for (const Block& plane : planes) {
    for (const Index axis : plane) {
      basis(axis, column++) = 1;
    }
  }
  return basis;
}

/// Slower subspaces first.
std::vector<Block> by_decay(std::vector<Block> blocks, const VectorXcd& values) {
  const auto decay = [&](const Block& block) {
    double least = std::numeric_limits<double>::infinity();
    for (const Index k : block) {
      least = std::min(least, values(k).real());
    }
    return least;
  };
  if (blocks[0].size() == blocks[1].size() && decay(blocks[1]) < decay(blocks[0])) {
    std::swap(blocks[0], blocks[1]);
  }
  return blocks;
}

MatrixXd best_basis(const MatrixXd& a) {
  const Index n = a.rows();
  if (n < 3) {
    return MatrixXd::Identity(n, n);
  }
  if (const auto planes = planes_that_do_not_interact(a); !planes.empty()) {
    return axes_in_order(planes.front(), n);
  }
  const VectorXcd values = Eigen::EigenSolver<MatrixXd>(a, false).eigenvalues();
  MatrixXd best;
  double least = std::numeric_limits<double>::infinity();
  for (const std::vector<Block>& pairing : pairings(n)) {
    const std::vector<Block> blocks = by_decay(pairing, values);
    if (!is_real(values, blocks[0]) || !is_real(values, blocks[1])) {
      continue;
    }
    MatrixXd basis(n, n);
    basis << subspace(a, values, blocks[0]), subspace(a, values, blocks[1]);
    if (const double found = condition(basis); found < least) {
      best = basis;
      least = found;
    }
  }
  if (!(least < largest_condition)) {
    throw core::SettingsError(
        "model.coordinates = modes: eigenvalues of drift_matrix coincide so nearly that its invariant subspaces cannot "
        "be told apart (condition number above 1e6); allowed is coordinates = given");
  }
  return best;
}

/// Turns the columns of each pair to uncorrelated noise.
void turn(MatrixXd& basis, const MatrixXd& noise) {
  constexpr double isotropic = 1e-9;
  const MatrixXd inner = basis.inverse() * noise;
  for (Index k = 0; k + 1 < basis.cols(); k += 2) {
    const Eigen::Matrix2d a = inner.middleRows(k, 2) * inner.middleRows(k, 2).transpose();
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(a);
    const Eigen::Vector2d values = solver.eigenvalues();
    if (values(1) - values(0) > isotropic * values(1)) {
      basis.middleCols(k, 2) = (basis.middleCols(k, 2) * solver.eigenvectors()).eval();
    }
  }
}

}  // namespace

MatrixXd invariant_basis(const MatrixXd& drift, const MatrixXd& noise) {
  MatrixXd basis = best_basis(drift);
  turn(basis, noise);
  for (Index k = 0; k < basis.cols(); ++k) {
    Index largest = 0;
    basis.col(k).cwiseAbs().maxCoeff(&largest);
    basis.col(k) *= basis(largest, k) < 0 ? -1 : 1;
  }
  return without_rounding(basis);
}

MatrixXd without_rounding(const MatrixXd& matrix) {
  const double least = 1e-13 * matrix.cwiseAbs().maxCoeff();
  return matrix.unaryExpr([least](double entry) { return std::abs(entry) > least ? entry : 0; });
}

}  // namespace sgdflux::model
