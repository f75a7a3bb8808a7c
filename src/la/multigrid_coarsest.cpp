#include "la/multigrid_coarsest.hpp"

namespace sgdflux::la::multigrid {
namespace {

/// Share of the diagonal that is added where σ = 0: a lattice of several parts has a null vector for each.
constexpr double separation = 1e-13;

Eigen::VectorXd volumes(const Lattice& lattice, const Box& box) {
  Eigen::VectorXd result = Eigen::VectorXd::Ones(box.cells());
  for (Index i = 0; i < box.cells(); ++i) {
    const Cell cell = box.cell(i);
    for (std::size_t d = 0; d < axis_count; ++d) {
      result(i) *= lattice.width[d][static_cast<std::size_t>(cell[d])];
    }
  }
  return result;
}

/// −L from its rates.
Eigen::MatrixXd dense(const Lattice& lattice, const std::vector<FaceRates>& faces, const Box& box) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(box.cells(), box.cells());
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    const Box inside = faces_along(box, axis);
    const Index cells = lattice.cells.shape[axis];
    for (Index i = 0; i < box.cells(); ++i) {
      Cell below = box.cell(i);
      const Index face = inside.position(below);
      below[axis] = (below[axis] + cells - 1) % cells;
      const Index j = box.position(below);
      matrix(i, j) -= faces[axis].up(face);
      matrix(j, j) += faces[axis].up(face);
      matrix(j, i) -= faces[axis].down(face);
      matrix(i, i) += faces[axis].down(face);
    }
  }
  return matrix;
}

}  // namespace

Coarsest::Coarsest(const Lattice& lattice, const std::vector<FaceRates>& faces) {
  Box all;
  all.upper = lattice.cells.shape;
  volume_ = volumes(lattice, all);
  rates_ = dense(lattice, faces, all);
  set_shift(0);
}

void Coarsest::set_shift(double shift) {
  const Eigen::Index n = rates_.rows();
  bordered_ = shift == 0;
  const Eigen::VectorXd diagonal = rates_.diagonal() + shift * volume_;
  scale_ = (diagonal.array() > 0).select(diagonal.cwiseInverse(), 1);
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(n + (bordered_ ? 1 : 0), n + (bordered_ ? 1 : 0));
  matrix.topLeftCorner(n, n) = rates_ * scale_.asDiagonal();
  for (Eigen::Index i = 0; i < n; ++i) {
    matrix(i, i) = bordered_ ? 1 + separation : 1;  // also of a cell that nothing enters or leaves
  }
  if (bordered_) {
    const Eigen::VectorXd weights = volume_.cwiseProduct(scale_);
    matrix.bottomRows(1).leftCols(n) = (weights / weights.maxCoeff()).transpose();
    matrix.rightCols(1).topRows(n) = volume_ / volume_.sum();
  }
  factors_.compute(matrix);
}

Eigen::VectorXd Coarsest::solve(const Eigen::VectorXd& right, bool transposed) const {
  const Eigen::Index n = rates_.rows();
  if (transposed) {  // (A S)ᵀ z = S r
    Eigen::VectorXd scaled = right;
    scaled.head(n).array() *= scale_.array();
    const Eigen::VectorXd solution = factors_.transpose().solve(scaled);
    return solution.head(n);
  }
  const Eigen::VectorXd solution = factors_.solve(right);
  return solution.head(n).cwiseProduct(scale_);
}

void Coarsest::solve(const double* right, double* solution, bool transposed) const {
  const Eigen::Index n = rates_.rows();
  Eigen::VectorXd all = Eigen::VectorXd::Zero(factors_.rows());
  all.head(n) = Eigen::Map<const Eigen::VectorXd>(right, n);
  Eigen::Map<Eigen::VectorXd>(solution, n) = solve(all, transposed);
}

Eigen::VectorXd Coarsest::null_vector() const {
  Eigen::VectorXd mass = Eigen::VectorXd::Zero(factors_.rows());
  mass(factors_.rows() - 1) = 1;
  const Eigen::VectorXd density = solve(mass, false);
  return density / density.dot(volume_);
}

double Coarsest::bytes() const {
  return static_cast<double>(rates_.size() + factors_.rows() * factors_.cols()) * sizeof(double);
}

}  // namespace sgdflux::la::multigrid
