#pragma once
/// The coarsest level of a multigrid hierarchy, solved directly.
#include <Eigen/SparseLU>

#include "la/multigrid_lattice.hpp"

namespace sgdflux::la::multigrid {

using SparseMatrix = Eigen::SparseMatrix<double>;

/// LU factors of σ − L on all cells of a lattice, of which every rank has all. Where σ = 0, of the bordered system
/// (−L, w; wᵀ, 0): the solution of mass wᵀz = 0, w the widths of cells. Not collective.
class Coarsest {
 public:
  Coarsest(const Lattice& lattice, const std::vector<FaceRates>& faces);
  void set_shift(double shift);
  void solve(const double* right, double* solution, bool transposed);
  /// The density of mass 1 that L keeps.
  [[nodiscard]] Eigen::VectorXd null_vector();
  [[nodiscard]] double bytes() const;

 private:
  [[nodiscard]] std::vector<Eigen::Triplet<double>> scaled_entries() const;
  void add_border(std::vector<Eigen::Triplet<double>>& entries) const;
  [[nodiscard]] Eigen::VectorXd solve(const Eigen::VectorXd& right, bool transposed);

  SparseMatrix rates_;      ///< −L
  Eigen::VectorXd volume_;  ///< in cells of the finest level
  Eigen::VectorXd scale_;   ///< of columns: 1/diagonal
  bool bordered_ = true;
  Eigen::SparseLU<SparseMatrix, Eigen::COLAMDOrdering<int>> factors_;
};

}  // namespace sgdflux::la::multigrid
