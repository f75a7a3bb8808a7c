#pragma once
/// What a stationary solution leaves on disk.
#include "sgdflux/observe/current.hpp"
#include "sgdflux/study/answer.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Marginals: densities of single quantities, masses and currents of pairs of variables. Collective.
void fill_arrays(const Solution& solution, const observe::Current& current, StationaryAnswer& answer);

/// Density, exact density where known, currents at faces and centres of all cells. Each is freed
/// as its numbers go into the answer: the solution has no state afterwards. Collective.
void fill_fields(Solution& solution, observe::Current current, StationaryAnswer& answer);

}  // namespace sgdflux::study
