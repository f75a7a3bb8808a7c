#pragma once
/// Surfaces x_d = c that no path crosses, and whether they attract.
#include <vector>

#include "components.hpp"

namespace sgdflux::study {

/// A surface x_axis = at on which drift and noise of that variable vanish, and the rate at which paths leave it.
struct Surface {
  int axis = 0;
  double at = 0;
  core::Estimate rate;
};

/// The part of an axis that walls leave, else the natural domain.
[[nodiscard]] model::Interval reach_of(const model::Sde& sde, int d, const mesh::AxisSpec& axis);

/// All of them, axis by axis and increasing along each; rates are not known yet. Not collective.
[[nodiscard]] std::vector<Surface> find_surfaces(const Question& question);

/// The transversal Lyapunov exponent E[∂_d b_d − ½Σ_k(∂_d s_dk)²] under the stationary law on the surface
/// (docs/theory.md Eq. 5.18), or why it is not known. Collective.
[[nodiscard]] core::Estimate growth_rate(const Question& question, const Surface& surface);

}  // namespace sgdflux::study
