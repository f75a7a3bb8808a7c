#pragma once
/// PETSc's error text, kept until check() turns it into an exception.
#include <petscsys.h>

namespace sgdflux::la {

/// Error handler for PetscPushErrorHandler: remembers the first message of a chain, prints nothing.
PetscErrorCode keep_error_text(MPI_Comm comm, int line, const char* function, const char* file, PetscErrorCode code,
                               PetscErrorType type, const char* message, void* context);

}  // namespace sgdflux::la
