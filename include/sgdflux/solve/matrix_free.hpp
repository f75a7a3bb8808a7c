#pragma once
/// The generator as a matrix of PETSc without entries.
#include <petscmat.h>

#include <memory>

#include "sgdflux/fv/flux_operator.hpp"
#include "sgdflux/la/ghosts.hpp"

namespace sgdflux::solve {

/// y = L x and y = Lᵀ x by fluxes (fv::FluxOperator): borders are on their way while the cells that do not need them
/// are worked on.
class MatrixFree {
 public:
  /// Collective. @throws SettingsError for NaN coefficients; InternalError unless fv::FluxOperator::possible(problem).
  MatrixFree(MPI_Comm comm, const fv::Discretisation& problem, const mesh::Partition& partition);
  MatrixFree(const MatrixFree&) = delete;
  MatrixFree& operator=(const MatrixFree&) = delete;
  ~MatrixFree();

  [[nodiscard]] Mat matrix() const;
  /// The size of its columns: fv::FluxOperator::rates.
  [[nodiscard]] const Eigen::ArrayXd& rates() const;
  [[nodiscard]] long applications() const;
  [[nodiscard]] const la::Traffic& traffic() const;
  [[nodiscard]] double bytes() const;  ///< memory that it holds on this rank

 private:
  struct Shell;
  std::unique_ptr<Shell> shell_;
};

}  // namespace sgdflux::solve
