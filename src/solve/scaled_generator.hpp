#pragma once
/// A shifted generator with columns of order one.
#include <petscmat.h>

#include <Eigen/Core>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::solve {

/// (σ − L) D⁻¹ as a matrix of PETSc, with its transpose, for a generator in any form.
class ScaledGenerator {
 public:
  /// @param generator L, which must outlive this. @param rates D of the owned cells, positive. Collective.
  ScaledGenerator(MPI_Comm comm, const mesh::Partition& partition, Mat generator, double shift,
                  const Eigen::ArrayXd& rates);
  ScaledGenerator(const ScaledGenerator&) = delete;
  ScaledGenerator& operator=(const ScaledGenerator&) = delete;

  [[nodiscard]] Mat matrix() const { return matrix_.get(); }
  [[nodiscard]] Vec inverse_rates() const { return inverse_rates_.get(); }

 private:
  static PetscErrorCode multiply(Mat shell, Vec x, Vec y);
  static PetscErrorCode multiply_transpose(Mat shell, Vec x, Vec y);

  Mat generator_;
  double shift_;
  la::Vector inverse_rates_;
  la::Vector scratch_;
  la::Matrix matrix_;
};

}  // namespace sgdflux::solve
