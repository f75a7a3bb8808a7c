#include "factorization.hpp"

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

constexpr double short_stencil = 9;  ///< entries per row: order 4 in the plane, order 8 on a line
/// Of the mean distance between a row and its columns to √rows: about 1 in the plane, far more in three dimensions.
constexpr double planar_distance = 1.25;

/// Whether minimum degree does as well as nested dissection: its analysis takes a tenth of the time, and where drift
/// alone crosses faces its factors are smaller (momentum SGD on 400²: 0.4 GB instead of 1.0, a fifth of the time). In
/// three dimensions they are two to three times as large.
bool planar(Mat matrix, MPI_Comm comm) {
  PetscInt first = 0;
  PetscInt end = 0;
  PetscInt rows = 0;
  check(MatGetSize(matrix, &rows, nullptr));
  check(MatGetOwnershipRange(matrix, &first, &end));
  double entries = 0;
  double distances = 0;
  for (PetscInt row = first; row < end; ++row) {
    PetscInt count = 0;
    const PetscInt* columns = nullptr;
    check(MatGetRow(matrix, row, &count, &columns, nullptr));
    for (PetscInt k = 0; k < count; ++k) {
      distances += std::abs(columns[k] - row);
    }
    entries += count;
    check(MatRestoreRow(matrix, row, &count, &columns, nullptr));
  }
  entries = sum(comm, entries);
  const double root = std::sqrt(static_cast<double>(rows));
  return entries <= short_stencil * rows && sum(comm, distances) <= planar_distance * root * entries;
}

bool planar(KSP ksp) {
  Mat matrix = nullptr;
  MPI_Comm comm = MPI_COMM_NULL;
  check(KSPGetOperators(ksp, nullptr, &matrix));
  check(PetscObjectGetComm(reinterpret_cast<PetscObject>(ksp), &comm));
  return planar(matrix, comm);
}

bool alone(KSP ksp) {
  MPI_Comm comm = MPI_COMM_NULL;
  check(PetscObjectGetComm(reinterpret_cast<PetscObject>(ksp), &comm));
  return size(comm) == 1;
}

/// Not every PETSc is built with SuiteSparse.
bool umfpack_exists() {
  PetscBool known = PETSC_FALSE;
  PetscBool factorises = PETSC_FALSE;
  check(MatSolverTypeGet(MATSOLVERUMFPACK, MATSEQAIJ, MAT_FACTOR_LU, &known, &factorises, nullptr));
  return known == PETSC_TRUE && factorises == PETSC_TRUE;
}

/// Who sets MUMPS's options wants it.
bool mumps_wanted(KSP ksp) {
  const char* prefix = nullptr;
  check(KSPGetOptionsPrefix(ksp, &prefix));
  return option_given("-" + std::string(prefix != nullptr ? prefix : "") + "mat_mumps_");
}

bool factorised_by(PC pc, std::string_view package) {
  PetscBool lu = PETSC_FALSE;
  MatSolverType now = nullptr;
  check(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(pc), PCLU, &lu));
  if (lu == PETSC_TRUE) {
    check(PCFactorGetMatSolverType(pc, &now));
  }
  return now != nullptr && now == package;
}

}  // namespace

void use_lu(KSP ksp) {
  PC pc = nullptr;
  check(KSPGetPC(ksp, &pc));
  check(PCSetType(pc, PCLU));
  // MUMPS takes milliseconds for each solve, however small: on one rank, too, it works by messages.
  const bool umfpack = alone(ksp) && umfpack_exists() && !mumps_wanted(ksp) && planar(ksp);
  check(PCFactorSetMatSolverType(pc, umfpack ? MATSOLVERUMFPACK : MATSOLVERMUMPS));
}

void order_factors(KSP ksp) {
  constexpr int ordering = 7;
  constexpr int minimum_degree = 0;
  PC pc = nullptr;
  check(KSPGetPC(ksp, &pc));
  if (factorised_by(pc, MATSOLVERMUMPS) && planar(ksp)) {
    Mat factors = nullptr;
    check(PCFactorSetUpMatSolverType(pc));
    check(PCFactorGetMatrix(pc, &factors));
    check(MatMumpsSetIcntl(factors, ordering, minimum_degree));
  }
}

}  // namespace sgdflux::la
