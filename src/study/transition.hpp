#pragma once
/// Transition path theory between two sets: E & Vanden-Eijnden 2006; Metzner, Schütte & Vanden-Eijnden 2006.
#include <string>

#include "assembly.hpp"
#include "sgdflux/study/passage.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Committors of one grid and what follows from them; docs/theory.md has the equations.
struct Transition {
  Eigen::ArrayXd forward;    ///< q⁺ at the owned cells: probability to reach `to` before `from`
  Eigen::ArrayXd backward;   ///< q⁻: probability to have come from `from` rather than `to`
  Eigen::ArrayXd reactive;   ///< p q⁺ q⁻, per unit ξ-volume
  core::Batch current;       ///< reactive current in the variables at the cell centres, cells × dimension
  double rate = 0;           ///< transitions per unit time, from q⁻ alone
  double rate_backward = 0;  ///< the same number from q⁺ alone
  double probability = 0;    ///< share of time spent on the way
  double residual = 0;       ///< larger relative residual of the two linear systems
};

/// From the stationary density of `solution`. Collective. @throws SettingsError when the sets are empty, overlap on the
/// mesh or touch.
[[nodiscard]] Transition transition(const Solution& solution, const fv::AbsorbingSet& from, const fv::AbsorbingSet& to);

}  // namespace sgdflux::study
