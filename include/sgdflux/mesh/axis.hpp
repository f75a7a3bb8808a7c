#pragma once
/// One axis of a tensor grid: a coordinate map and cells that are uniform in ξ.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/types.hpp"
#include "sgdflux/mesh/coordinate_map.hpp"

namespace sgdflux::mesh {

using core::Index;

/// What happens at an end of an axis. Truncated: the natural domain goes on and what is cut off is error.
enum class Boundary { truncated, reflecting, absorbing, periodic };
[[nodiscard]] std::string to_string(Boundary boundary);

/// An axis as written: MAP(lower, upper[, shape…]) CELLS [BOUNDARY [BOUNDARY]], or auto CELLS.
struct AxisSpec {
  std::string name;
  std::string map = "auto";
  std::vector<double> arguments;  ///< lower, upper, shape…; empty for auto
  Index cells = 0;
  Boundary lower = Boundary::truncated;
  Boundary upper = Boundary::truncated;
  [[nodiscard]] bool automatic() const { return map == "auto"; }
  [[nodiscard]] std::string to_string() const;  ///< the line that parse_axis reads back, 17 digits
};

/// Parses the value of a [mesh] line; numbers may be formulas of `constants` (2*pi).
/// @throws SettingsError naming axis, word and range (reversed bounds, zero cells, log over a negative range,
///         periodic on one end only or with auto, unknown map or boundary with the nearest name).
[[nodiscard]] AxisSpec parse_axis(const std::string& name, const std::string& text,
                                  const std::map<std::string, double>& constants = {});

/// Axis with resolved bounds. Cell i is centred at ξ = lower + (i + ½)h, face i at lower + i·h.
class Axis {
 public:
  explicit Axis(AxisSpec spec);  ///< @throws SettingsError as parse_axis; InternalError for auto
  [[nodiscard]] const AxisSpec& spec() const { return spec_; }
  [[nodiscard]] const std::string& name() const { return spec_.name; }
  [[nodiscard]] Index cells() const { return spec_.cells; }
  [[nodiscard]] double spacing() const { return spacing_; }  ///< h, in ξ
  [[nodiscard]] bool periodic() const { return spec_.lower == Boundary::periodic; }
  [[nodiscard]] double lower() const { return spec_.arguments[0]; }  ///< physical bounds
  [[nodiscard]] double upper() const { return spec_.arguments[1]; }
  [[nodiscard]] const CoordinateMap& map() const { return *map_; }
  [[nodiscard]] double centre(Index cell) const { return origin_ + (static_cast<double>(cell) + 0.5) * spacing_; }
  [[nodiscard]] double face(Index face) const { return origin_ + static_cast<double>(face) * spacing_; }
  /// Physical centres (cells) and faces (cells + 1).
  [[nodiscard]] Eigen::ArrayXd centres() const;
  [[nodiscard]] Eigen::ArrayXd faces() const;

 private:
  AxisSpec spec_;
  std::shared_ptr<const CoordinateMap> map_;
  double origin_ = 0;
  double spacing_ = 0;
};

}  // namespace sgdflux::mesh
