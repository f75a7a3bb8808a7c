#pragma once
/// A start for iterations that must not favour or miss any mode.
#include <Eigen/Core>

#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::solve {

/// Numbers in (−1, 1) that look random and depend on the cell alone, so that every number of ranks starts from the same
/// vector. C order of `box`; another `seed` gives another vector.
[[nodiscard]] Eigen::ArrayXd start_vector(const mesh::Box& box, unsigned seed = 0);

}  // namespace sgdflux::solve
