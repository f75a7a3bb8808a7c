#pragma once
/// How a linear solve ended.
#include <petscksp.h>

#include <string>

namespace sgdflux::la {

struct SolveAccount {
  bool solved = false;  ///< PETSc says that it converged
  int iterations = 0;
  std::string reason;  ///< in words
};

/// Of the last solve. Not collective.
[[nodiscard]] SolveAccount account_of(KSP ksp);

}  // namespace sgdflux::la
