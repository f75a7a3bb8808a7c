#include "sgdflux/study/stationary.hpp"

#include "attractors.hpp"
#include "components.hpp"
#include "memory.hpp"
#include "posing.hpp"
#include "refusal.hpp"
#include "sgdflux/la/handle.hpp"
#include "stationary_round.hpp"

namespace sgdflux::study {
namespace {

/// One problem whose state space has no parts that were told apart beforehand.
StationaryAnswer answer_whole(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                              const std::vector<model::Observable>& observables) {
  StationaryAnswer answer;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, false, answer);
  std::string refusal;
  la::guard(comm, [&] { refusal = refuse_question(sde, options.mesh); });
  if (!refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = refusal;
    answer.mesh = options.mesh;
    return answer;
  }
  const StationaryAnswer unsettled = answer;
  if (!settle_mesh(comm, sde, options, reach_for(options), answer)) {
    return answer;
  }
  la::guard(comm, [&] { hold_attractors(sde, options.mesh, answer); });
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit);
  return answer_to_tolerance(comm, sde, options, unsettled, answer, [&](const StationaryAnswer& posed) {
    return answer_on_mesh(comm, sde, options, observables, scheme, posed);
  });
}

}  // namespace

StationaryAnswer stationary(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                            const std::vector<model::Observable>& observables) {
  options.validate(sde);
  const auto with = [&](const std::vector<model::Observable>& formulas) {
    return [&](const model::Sde& part, const StationaryOptions& its_options) {
      StationaryOptions possible = its_options;
      if (&part != &sde) {
        possible.variations.clear();  // they vary the whole model
      }
      return answer_whole(comm, part, possible, formulas);
    };
  };
  const std::vector<model::Observable> none;
  StationaryAnswer answer = answer_parts({comm, sde, options, observables, with(observables), with(none)});
  if (!options.variations.empty() && answer.sensitivities.empty() && !answer.observables.empty()) {
    answer.remarks.emplace_back(
        "there are no sensitivities: they need a converged density of a state space that does not fall into parts");
  }
  return answer;
}

}  // namespace sgdflux::study
