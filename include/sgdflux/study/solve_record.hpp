#pragma once
/// What linear solves did and cost.
#include <string>

#include "sgdflux/core/types.hpp"

namespace sgdflux::study {

/// One linear solve that was tried, and what it cost.
struct SolveRecord {
  std::string solver;  ///< in words
  core::Index cells = 0;
  int iterations = 0;
  double seconds = 0;
  double bytes = 0;     ///< memory in use at its end, on all ranks together
  double residual = 0;  ///< true one, ‖L P‖₂/‖D P‖₂
  bool tried = true;    ///< false when it was left out beforehand
  bool converged = false;
  std::string reason;  ///< why it was left out or did not converge
};

}  // namespace sgdflux::study
