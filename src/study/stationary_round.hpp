#pragma once
/// The stationary state on one mesh: solve, judge, measure, estimate.
#include "accuracy.hpp"
#include "sgdflux/fv/scheme.hpp"

namespace sgdflux::study {

/// Completes an answer whose mesh is settled. Collective.
[[nodiscard]] Round answer_on_mesh(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                   const std::vector<model::Observable>& observables, fv::Scheme scheme,
                                   const StationaryAnswer& posed);

}  // namespace sgdflux::study
