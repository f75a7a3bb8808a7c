#pragma once
/// Generators too large for rows and factors.
#include <petscmat.h>

#include <Eigen/Core>

#include "sgdflux/la/linear_solver.hpp"

namespace sgdflux::solve {

/// L in any form that PETSc can multiply with, and what approximates (σ − L)⁻¹: takes the place of the values of an
/// fv::Generator (whose cells are still needed) and of LU in those problems that name it. What it refers to must
/// outlive the problem.
struct AppliedGenerator {
  Mat matrix;                          ///< L with its transpose, 1/time
  const Eigen::ArrayXd& rates;         ///< D: the size of its columns, owned cells, positive
  la::Preconditioner& preconditioner;  ///< its shift is set as needed
  la::Krylov krylov = la::Krylov::fgmres;
  int restart = 40;
};

}  // namespace sgdflux::solve
