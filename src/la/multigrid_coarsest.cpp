#include "la/multigrid_coarsest.hpp"

#include <limits>

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
SparseMatrix assemble(const Lattice& lattice, const std::vector<FaceRates>& faces, const Box& box) {
  std::vector<Eigen::Triplet<double>> entries;
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    const Box inside = faces_along(box, axis);
    const Index cells = lattice.cells.shape[axis];
    for (Index i = 0; i < box.cells(); ++i) {
      Cell below = box.cell(i);
      const Index face = inside.position(below);
      below[axis] = (below[axis] + cells - 1) % cells;
      const Index j = box.position(below);
      const auto add = [&](Index row, Index column, double rate) {
        entries.emplace_back(static_cast<int>(row), static_cast<int>(column), rate);
      };
      add(i, j, -faces[axis].up(face));
      add(j, j, faces[axis].up(face));
      add(j, i, -faces[axis].down(face));
      add(i, i, faces[axis].down(face));
    }
  }
  SparseMatrix matrix(box.cells(), box.cells());
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

}  // namespace

Coarsest::Coarsest(const Lattice& lattice, const std::vector<FaceRates>& faces) {
  Box all;
  all.upper = lattice.cells.shape;
  volume_ = volumes(lattice, all);
  rates_ = assemble(lattice, faces, all);
  set_shift(0);
}

void Coarsest::set_shift(double shift) {
  bordered_ = shift == 0;
  const Eigen::VectorXd diagonal = rates_.diagonal() + shift * volume_;
  scale_ = (diagonal.array() > 0).select(diagonal.cwiseInverse(), 1);
  std::vector<Eigen::Triplet<double>> entries = scaled_entries();
  if (bordered_) {
    add_border(entries);
  }
  const Eigen::Index rows = rates_.rows() + (bordered_ ? 1 : 0);
  SparseMatrix matrix(rows, rows);
  matrix.setFromTriplets(entries.begin(), entries.end());
  factors_.compute(matrix);
}

/// Of (σ − L) S: ones on the diagonal, also of a cell that nothing enters or leaves.
std::vector<Eigen::Triplet<double>> Coarsest::scaled_entries() const {
  std::vector<Eigen::Triplet<double>> entries;
  for (int j = 0; j < rates_.cols(); ++j) {
    for (SparseMatrix::InnerIterator entry(rates_, j); entry; ++entry) {
      if (entry.row() != j && entry.value() != 0) {
        entries.emplace_back(entry.row(), j, entry.value() * scale_(j));
      }
    }
    entries.emplace_back(j, j, bordered_ ? 1 + separation : 1);
  }
  return entries;
}

void Coarsest::add_border(std::vector<Eigen::Triplet<double>>& entries) const {
  const auto last = static_cast<int>(rates_.cols());
  const Eigen::VectorXd weights = volume_.cwiseProduct(scale_);
  const double largest = weights.maxCoeff();
  for (int j = 0; j < last; ++j) {
    entries.emplace_back(last, j, weights(j) / largest);
    entries.emplace_back(j, last, volume_(j) / volume_.sum());
  }
}

Eigen::VectorXd Coarsest::solve(const Eigen::VectorXd& right, bool transposed) {
  const Eigen::Index n = rates_.rows();
  if (factors_.info() != Eigen::Success) {  // rates that are no numbers: solvers notice, and something else is tried
    return Eigen::VectorXd::Constant(n, std::numeric_limits<double>::quiet_NaN());
  }
  if (transposed) {  // (A S)ᵀ z = S r
    Eigen::VectorXd scaled = right;
    scaled.head(n).array() *= scale_.array();
    const Eigen::VectorXd solution = factors_.transpose().solve(scaled);
    return solution.head(n);
  }
  const Eigen::VectorXd solution = factors_.solve(right);
  return solution.head(n).cwiseProduct(scale_);
}

void Coarsest::solve(const double* right, double* solution, bool transposed) {
  const Eigen::Index n = rates_.rows();
  Eigen::VectorXd all = Eigen::VectorXd::Zero(rates_.rows() + (bordered_ ? 1 : 0));
  all.head(n) = Eigen::Map<const Eigen::VectorXd>(right, n);
  Eigen::Map<Eigen::VectorXd>(solution, n) = solve(all, transposed);
}

Eigen::VectorXd Coarsest::null_vector() {
  Eigen::VectorXd mass = Eigen::VectorXd::Unit(rates_.rows() + 1, rates_.rows());
  const Eigen::VectorXd density = solve(mass, false);
  return density / density.dot(volume_);
}

double Coarsest::bytes() const {
  const Eigen::Index factors = factors_.info() == Eigen::Success ? factors_.nnzL() + factors_.nnzU() : 0;
  const auto numbers = static_cast<double>(rates_.nonZeros() + factors);
  return numbers * (sizeof(double) + sizeof(int));
}

}  // namespace sgdflux::la::multigrid
