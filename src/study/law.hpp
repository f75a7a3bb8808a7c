#pragma once
/// A density of a model, as means and marginals see it.
#include "sgdflux/model/sde.hpp"
#include "sgdflux/observe/state.hpp"

namespace sgdflux::study {

/// The references must outlive it.
struct Law {
  const model::Sde& sde;
  const observe::State& state;
  double solver_error = 0;  ///< L¹ error of the density that the solver leaves
  bool stationary = true;   ///< its tails are those of the zero-current density in one dimension
};

}  // namespace sgdflux::study
