#pragma once
/// What EvolveOptions leave open.
#include "sgdflux/study/evolve.hpp"

namespace sgdflux::study {

/// Order in the step size of fixed steps.
[[nodiscard]] int stepper_order(const std::string& stepper);

/// With a stepper, and the last output among the snapshots.
[[nodiscard]] EvolveOptions completed(const EvolveOptions& given);

}  // namespace sgdflux::study
