#pragma once
/// The stationary density by the flux that was asked for, or by the one that suits what is seen.
#include "posing.hpp"
#include "sgdflux/study/stationary.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Solves on the answer's mesh. With flux `auto` in several variables order 8 is tried first, and its flux limited when
/// the density has a negative mass that matters; `scheme` and the answer's `flux` and `why` follow. Also fills the
/// answer's `scheme_numbers`. Collective.
[[nodiscard]] std::unique_ptr<Solution> solve_chosen(MPI_Comm comm, const model::Sde& sde,
                                                     const StationaryOptions& options, fv::Scheme& scheme,
                                                     Answer& answer);

}  // namespace sgdflux::study
