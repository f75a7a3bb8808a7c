#pragma once
/// Types that every layer shares.
#include <Eigen/Core>
#include <cstdint>

namespace sgdflux::core {

/// Global index of a cell or face: 64 bits, whatever PETSc was built with.
using Index = std::int64_t;

/// Largest number of coordinates of a problem.
inline constexpr int max_dimension = 4;

/// A batch of n points as a structure of arrays, shape n × dimension: column d holds coordinate d of
/// every point, contiguously. The same layout carries drifts (n × dimension) and noise factors
/// (n × dimension·noises, column d·noises + k is the factor of dW_k in dx_d).
using Batch = Eigen::ArrayXXd;
using BatchView = Eigen::Ref<const Eigen::ArrayXXd>;

}  // namespace sgdflux::core
