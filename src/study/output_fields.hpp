#pragma once
/// What a stationary solution leaves on disk.
#include "sgdflux/observe/current.hpp"
#include "sgdflux/study/answer.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Density, exact density where known, currents at faces and centres, marginals, densities of derived quantities.
/// Collective.
void fill_fields(const Solution& solution, const observe::Current& current, StationaryAnswer& answer);

}  // namespace sgdflux::study
