#pragma once
/// Points where the noise of a one-dimensional diffusion vanishes: they cut the line into parts that do not exchange
/// mass both ways (Karlin & Taylor 1981, §15.6; Gikhman & Skorokhod 1972, §16).
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// A point inside the domain with a = 0.
struct NoiselessPoint {
  enum class Kind {
    invariant,  ///< b = 0 as well: paths that are there stay, no path crosses
    upward,     ///< b > 0: paths cross towards larger values only
    downward    ///< b < 0
  };
  double at = 0;
  Kind kind = Kind::invariant;
};

/// Increasing points of an interval on every scale: octaves of the distance to each of `centres` and to finite ends,
/// and evenly between `lower` and `upper` if those are finite.
[[nodiscard]] Eigen::ArrayXd sample_line(const model::Interval& domain, const std::vector<double>& centres,
                                         double lower, double upper);

/// Points where all columns of f vanish together, found between neighbours of an increasing sample: isolated zeros,
/// touched or crossed; f is n points → n × columns. What is zero on a whole stretch of the sample is no isolated zero.
[[nodiscard]] std::vector<double> common_zeros(const std::function<core::Batch(const Eigen::ArrayXd&)>& f,
                                               const Eigen::ArrayXd& sample);

/// Zeros of the noise between `lower` and `upper` (which may be infinite and lie outside of the natural domain), in
/// increasing order, but 33 at most: then there are more.
[[nodiscard]] std::vector<NoiselessPoint> noiseless_points(const model::Sde& sde, double lower, double upper);
inline constexpr std::size_t most_noiseless_points = 32;

/// Whether the noise is exactly zero at all of the points.
[[nodiscard]] bool is_noiseless(const model::Sde& sde, const core::BatchView& points);

}  // namespace sgdflux::theory
