#pragma once
/// Which package factorises a matrix, and in which order of its unknowns.
#include <petscksp.h>

namespace sgdflux::la {

/// Preconditions with the factors of the solver's second matrix: UMFPACK's on one rank for lattices of one or two axes
/// and short stencils, MUMPS's otherwise. Collective.
void use_lu(KSP ksp);

/// Has MUMPS, if options have left it in place, order the unknowns of such lattices by minimum degree; PETSc leaves
/// that to MUMPS on one rank. Options still decide. Collective.
void order_factors(KSP ksp);

}  // namespace sgdflux::la
