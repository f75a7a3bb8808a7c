#pragma once
/// Exact inverse of A ⊗ 1 + 1 ⊗ B by real Schur forms.
#include <mpi.h>

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "sgdflux/la/ghosts.hpp"
#include "sgdflux/la/preconditioner.hpp"

namespace sgdflux::la {

/// The generator of two groups of variables that do not know of each other: L ≈ A ⊗ 1 + 1 ⊗ B. With real Schur forms
/// A = Q S Qᵀ, B = R T Rᵀ, (σ − L) X = F becomes σY − S Y − Y Tᵀ = QᵀF R, solved by blocks from the lower right corner
/// (Bartels & Stewart 1972), in single precision: FGMRES takes care of the rest. Cost per application: four products of
/// matrices of these sizes and the triangular solve.
class KroneckerSum final : public Preconditioner {
 public:
  /// @param first axes of the first group, ascending, e.g. {0, 1}; the others are the second group.
  /// @param a,b generators of the groups on their own lattices (C order of their axes): columns sum to zero where mass
  /// is conserved. The same on every rank. Collective over `comm`.
  KroneckerSum(MPI_Comm comm, const Decomposition& cells, const std::vector<int>& first, const Eigen::MatrixXd& a,
               const Eigen::MatrixXd& b);
  ~KroneckerSum() override;

  void set_shift(double sigma) override;
  void apply(const double* r, double* z) override;
  void apply_transpose(const double* r, double* z) override;
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] double bytes() const override;

 private:
  class Factors;
  std::unique_ptr<Factors> factors_;
};

}  // namespace sgdflux::la
