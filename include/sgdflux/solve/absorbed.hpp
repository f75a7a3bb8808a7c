#pragma once
/// Linear systems and the leading mode of generators that lose probability at absorbing walls or sets.
#include <mpi.h>

#include <string>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/linear_solver.hpp"

namespace sgdflux::solve {

using ActiveCells = Eigen::Array<bool, Eigen::Dynamic, 1>;

/// An operator restricted to the active cells (owned, C order), factorised once; the others are kept at 0. Operators
/// whose rows differ by many decades are scaled by the rates of their cells before factorisation.
class AbsorbedSolver {
 public:
  /// `op` is a forward or backward generator. Collective. PETSc options prefix "passage_".
  AbsorbedSolver(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition, const fv::Generator& op,
                 const ActiveCells& active);
  /// x with op x = b on the active cells, by LU and one step of iterative refinement. Collective.
  /// @throws ConvergenceError when the operator is singular: some active cell cannot reach the absorbing set.
  [[nodiscard]] Eigen::ArrayXd solve(const Eigen::ArrayXd& b);
  /// op x. Collective.
  [[nodiscard]] Eigen::ArrayXd apply(const Eigen::ArrayXd& x) const;
  [[nodiscard]] double residual() const { return residual_; }  ///< ‖b − op x‖₁ / ‖b‖₁ of the last solve

  struct Leading {
    double value = 0;       ///< λ₁ < 0, the eigenvalue of largest real part
    Eigen::ArrayXd vector;  ///< Σ vector · (cell volume) = 1
    double residual = 0;    ///< ‖op v − λ₁v‖₁ / ‖v‖₁
    double next = 0;        ///< estimate of |λ₂|
    double next_error = 0;  ///< by how much the last two estimates differed, twice
    bool converged = false;
    int iterations = 0;
  };
  /// Inverse iteration until the vector stands still, from a positive start that favours no symmetry. Collective.
  /// @throws ConvergenceError as solve(). @throws SettingsError when no cell is in play.
  [[nodiscard]] Leading leading();

 private:
  /// One application of the factors. @throws ConvergenceError when they could not be made.
  [[nodiscard]] Eigen::ArrayXd once(const Eigen::ArrayXd& right);

  MPI_Comm comm_;
  mesh::Box box_;
  double volume_;
  ActiveCells active_;
  Eigen::ArrayXd scale_;
  la::Matrix operator_;
  la::Vector x_;
  la::Vector y_;
  la::LinearSolver solver_;
  double residual_ = 0;
};

}  // namespace sgdflux::solve
