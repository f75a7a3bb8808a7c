#pragma once
/// Which package factorises a matrix, and in which order of its unknowns.
#include <petscksp.h>

namespace sgdflux::la {

/// Preconditions with the factors of the solver's second matrix: UMFPACK's on one rank where stencils are short and
/// reach near rows (lattices of one or two axes, small ones of more), MUMPS's otherwise, or where options of MUMPS were
/// given. Collective.
void use_lu(KSP ksp);

/// Has MUMPS, if it factorises such a matrix, order its unknowns by minimum degree, unless options say otherwise; on
/// one rank PETSc leaves the choice to MUMPS. Collective.
void order_factors(KSP ksp);

}  // namespace sgdflux::la
