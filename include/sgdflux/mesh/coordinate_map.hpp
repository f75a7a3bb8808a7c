#pragma once
/// Smooth maps x = X(ξ) from computational to physical coordinates of one axis.
#include <memory>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace sgdflux::mesh {

/// A strictly increasing smooth map with its first two derivatives. Immutable.
class CoordinateMap {
 public:
  virtual ~CoordinateMap() = default;
  [[nodiscard]] virtual Eigen::ArrayXd physical(const Eigen::ArrayXd& xi) const = 0;   ///< X(ξ)
  [[nodiscard]] virtual Eigen::ArrayXd slope(const Eigen::ArrayXd& xi) const = 0;      ///< X'(ξ) > 0
  [[nodiscard]] virtual Eigen::ArrayXd curvature(const Eigen::ArrayXd& xi) const = 0;  ///< X''(ξ)
  [[nodiscard]] virtual double computational(double x) const = 0;                      ///< X⁻¹(x)
};

/// Names of the maps: linear, log, sinh, tanh.
[[nodiscard]] std::vector<std::string> map_names();

/// How a map is written, for error messages and documentation:
/// linear(lower, upper), log(lower, upper), sinh(lower, upper, scale[, centre]), tanh(lower, upper, steepness).
/// @throws SettingsError for an unknown map.
[[nodiscard]] std::string map_signature(const std::string& name);

/// The map `name` for bounds and shape: linear X = ξ; log X = e^ξ (lower > 0);
/// sinh X = centre + scale·sinh ξ (centre: middle of the bounds unless given);
/// tanh X = middle + (upper−lower)/2 · tanh ξ / tanh(steepness), |ξ| ≤ steepness ≤ 10, fine at both ends.
/// @throws SettingsError naming the axis, the map, the argument and its range; nearest name for an unknown map.
[[nodiscard]] std::shared_ptr<const CoordinateMap> make_map(const std::string& axis, const std::string& name,
                                                            const std::vector<double>& arguments);

}  // namespace sgdflux::mesh
