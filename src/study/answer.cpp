#include "sgdflux/study/answer.hpp"

namespace sgdflux::study {

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::converged:
      return "converged";
    case Verdict::not_converged:
      return "not-converged";
    case Verdict::no_stationary_density:
      return "no-stationary-density";
    case Verdict::several_ergodic_components:
      return "several-ergodic-components";
    case Verdict::disagreement:
      return "disagreement";
  }
  throw core::InternalError("verdict without a name");
}

core::ExitCode exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::converged:
      return core::ExitCode::done;
    case Verdict::not_converged:
      return core::ExitCode::not_converged;
    case Verdict::disagreement:
      return core::ExitCode::disagreement;
    default:
      return core::ExitCode::no_answer;
  }
}

}  // namespace sgdflux::study
