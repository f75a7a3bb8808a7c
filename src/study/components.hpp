#pragma once
/// Parts of the state space that do not exchange mass: invariant points in one variable, invariant surfaces x_d = c in
/// several. Each part that has a density is a stationary problem of its own (docs/numerics.md).
#include <mpi.h>

#include <functional>
#include <optional>
#include <vector>

#include "sgdflux/study/stationary.hpp"

namespace sgdflux::study {

/// A stationary question, and how to answer it for a part.
struct Question {
  MPI_Comm comm;
  const model::Sde& sde;
  const StationaryOptions& options;
  const std::vector<model::Observable>& observables;
  /// Solves the question for a model and options that have no parts any more.
  std::function<StationaryAnswer(const model::Sde&, const StationaryOptions&)> solve;
  /// The same for another model, without the user's formulas, which are tied to the model of the question.
  std::function<StationaryAnswer(const model::Sde&, const StationaryOptions&)> solve_other;
};

/// The answer to a question: parts are told apart, questions without an answer are refused, the rest is solved.
/// Collective.
[[nodiscard]] StationaryAnswer answer_parts(const Question& question);

/// Questions that no solver can answer: no noise at all; in several variables, a combination of them that is conserved
/// or moves without noise (see theory/lie_rank.hpp). Nothing if the question is not of that kind. Collective.
[[nodiscard]] std::optional<StationaryAnswer> refuse_degenerate(const Question& question);

/// One variable: zeros of the noise cut the line. Nothing if there are none. Collective.
[[nodiscard]] std::optional<StationaryAnswer> line_components(const Question& question);

/// Several variables: surfaces x_d = c on which b_d and all s_dk vanish. Where the transversal Lyapunov exponent, under
/// the stationary law on the surface, is negative mass contracts onto it and the question is refused; where it is
/// positive the sides are solved one by one. Nothing if there are none. Collective.
[[nodiscard]] std::optional<StationaryAnswer> surface_components(const Question& question);

/// A diagonal network has a branch for each sign of v and an atom at v = 0: what the answer for one sign lists of
/// them. Does nothing for other models. Collective.
void add_network_components(const Question& question, StationaryAnswer& answer);

/// Where all of a start density but 1e−6 goes counts as the answer.
inline constexpr double negligible_weight = 1e-6;

/// The component that an answer is about, as a part of the list.
[[nodiscard]] Component component_of(const std::string& where, const StationaryAnswer& answer);

/// Chooses among the components by their weights, or lists them all: verdict, reason, and what of the chosen one's
/// answer the whole answer takes over. `answers` belong to `answer.components`. Points have their weights by then.
void choose_component(const std::vector<StationaryAnswer>& answers, bool weighed, StationaryAnswer& answer);

inline const std::string no_start = "stationary.start is not given: the weight depends on where the mass starts";

}  // namespace sgdflux::study
