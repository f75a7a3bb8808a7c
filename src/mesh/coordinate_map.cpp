#include "sgdflux/mesh/coordinate_map.hpp"

#include <array>
#include <cmath>

#include "number_text.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::mesh {
namespace {

using Eigen::ArrayXd;

/// Beyond this, the end cells of a tanh axis are smaller than rounding resolves (slope ratio cosh⁻² 10 = 8e-9).
constexpr double largest_steepness = 10;

class Linear final : public CoordinateMap {
 public:
  ArrayXd physical(const ArrayXd& xi) const override { return xi; }
  ArrayXd slope(const ArrayXd& xi) const override { return ArrayXd::Ones(xi.size()); }
  ArrayXd curvature(const ArrayXd& xi) const override { return ArrayXd::Zero(xi.size()); }
  double computational(double x) const override { return x; }
};

class Log final : public CoordinateMap {
 public:
  ArrayXd physical(const ArrayXd& xi) const override { return xi.exp(); }
  ArrayXd slope(const ArrayXd& xi) const override { return xi.exp(); }
  ArrayXd curvature(const ArrayXd& xi) const override { return xi.exp(); }
  double computational(double x) const override { return std::log(x); }
};

/// X = centre + scale·sinh ξ, written as the distance from the nearest of lower bound, centre and upper bound
/// (sinh a − sinh b = 2 cosh((a+b)/2) sinh((a−b)/2)): a bound at 0 is met exactly, not as −1e-16 outside of the domain.
class Sinh final : public CoordinateMap {
 public:
  Sinh(double lower, double upper, double scale, double centre)
      : lower_(lower),
        upper_(upper),
        scale_(scale),
        centre_(centre),
        first_(computational(lower)),
        last_(computational(upper)) {}

  ArrayXd physical(const ArrayXd& xi) const override {
    const ArrayXd centred = scale_ * xi.sinh();
    const ArrayXd above = 2 * scale_ * (0.5 * (xi + first_)).cosh() * (0.5 * (xi - first_)).sinh();
    const ArrayXd below = 2 * scale_ * (0.5 * (last_ + xi)).cosh() * (0.5 * (last_ - xi)).sinh();
    const ArrayXd from_end = (above.abs() < below.abs()).select(lower_ + above, upper_ - below);
    return (centred.abs() < above.abs().min(below.abs())).select(centre_ + centred, from_end);
  }
  ArrayXd slope(const ArrayXd& xi) const override { return scale_ * xi.cosh(); }
  ArrayXd curvature(const ArrayXd& xi) const override { return scale_ * xi.sinh(); }
  double computational(double x) const override { return std::asinh((x - centre_) / scale_); }

 private:
  double lower_;
  double upper_;
  double scale_;
  double centre_;
  double first_;
  double last_;
};

/// X = middle + half·tanh ξ / tanh k. Written as the distance from the nearer end,
/// half·(1 − tanh|ξ|/tanh k) = half·sinh(k − |ξ|)/(sinh k·cosh ξ), which keeps its relative precision there.
class Tanh final : public CoordinateMap {
 public:
  Tanh(double lower, double upper, double steepness) : lower_(lower), upper_(upper), steepness_(steepness) {}

  ArrayXd physical(const ArrayXd& xi) const override {
    const ArrayXd from_end = half() * (steepness_ - xi.abs()).sinh() / (std::sinh(steepness_) * xi.cosh());
    return (xi < 0).select(lower_ + from_end, upper_ - from_end);
  }
  ArrayXd slope(const ArrayXd& xi) const override { return amplitude() / xi.cosh().square(); }
  ArrayXd curvature(const ArrayXd& xi) const override { return -2 * slope(xi) * xi.tanh(); }

  double computational(double x) const override {
    if (x == lower_ || x == upper_) {
      return x == lower_ ? -steepness_ : steepness_;
    }
    // atanh(y) = ½ ln((1+y)/(1−y)) with both brackets free of cancellation.
    const double end = 2 / (std::exp(2 * steepness_) + 1);
    const double above = end + (x - lower_) / amplitude();
    const double below = end + (upper_ - x) / amplitude();
    return 0.5 * std::log(above / below);
  }

 private:
  double half() const { return 0.5 * (upper_ - lower_); }
  double amplitude() const { return half() / std::tanh(steepness_); }
  double lower_;
  double upper_;
  double steepness_;
};

struct MapInfo {
  const char* name;
  const char* signature;
  std::size_t fewest;
  std::size_t most;
};

constexpr std::array<MapInfo, 4> maps = {{{"linear", "linear(lower, upper)", 2, 2},
                                          {"log", "log(lower, upper)", 2, 2},
                                          {"sinh", "sinh(lower, upper, scale[, centre])", 3, 4},
                                          {"tanh", "tanh(lower, upper, steepness)", 3, 3}}};

[[noreturn]] void refuse(const std::string& axis, const std::string& why) {
  throw core::SettingsError("mesh." + axis + ": " + why);
}

const MapInfo& find_map(const std::string& axis, const std::string& name) {
  for (const auto& info : maps) {
    if (name == info.name) {
      return info;
    }
  }
  refuse(axis, core::unknown_name("map", name, map_names()));
}

void check_arguments(const std::string& axis, const MapInfo& info, const std::vector<double>& arguments) {
  if (arguments.size() < info.fewest || arguments.size() > info.most) {
    refuse(axis, "map " + std::string(info.name) + " got " + std::to_string(arguments.size()) + " numbers, expected " +
                     info.signature);
  }
  for (const double value : arguments) {
    if (!std::isfinite(value)) {
      refuse(axis, "map " + std::string(info.name) + " got " + number_text(value) +
                       ", every number must be finite (auto CELLS chooses bounds for an unbounded variable)");
    }
  }
  if (!(arguments[0] < arguments[1])) {
    refuse(axis,
           "lower bound " + number_text(arguments[0]) + " must be less than upper bound " + number_text(arguments[1]));
  }
  if (!std::isfinite(arguments[1] - arguments[0])) {
    refuse(axis, "bounds " + number_text(arguments[0]) + " and " + number_text(arguments[1]) +
                     " are too far apart for a double");
  }
}

std::shared_ptr<const CoordinateMap> make_log(const std::string& axis, const std::vector<double>& arguments) {
  if (!(arguments[0] > 0)) {
    refuse(axis, "map log got lower bound " + number_text(arguments[0]) + ", allowed is lower > 0");
  }
  return std::make_shared<Log>();
}

std::shared_ptr<const CoordinateMap> make_sinh(const std::string& axis, const std::vector<double>& arguments) {
  if (!(arguments[2] > 0)) {
    refuse(axis, "map sinh got scale " + number_text(arguments[2]) + ", allowed is scale > 0");
  }
  const double middle = arguments[0] + 0.5 * (arguments[1] - arguments[0]);
  return std::make_shared<Sinh>(arguments[0], arguments[1], arguments[2],
                                arguments.size() == 4 ? arguments[3] : middle);
}

std::shared_ptr<const CoordinateMap> make_tanh(const std::string& axis, const std::vector<double>& arguments) {
  if (!(arguments[2] > 0 && arguments[2] <= largest_steepness)) {
    refuse(axis, "map tanh got steepness " + number_text(arguments[2]) + ", allowed is 0 < steepness ≤ " +
                     number_text(largest_steepness));
  }
  return std::make_shared<Tanh>(arguments[0], arguments[1], arguments[2]);
}

}  // namespace

std::vector<std::string> map_names() {
  std::vector<std::string> names;
  for (const auto& info : maps) {
    names.emplace_back(info.name);
  }
  return names;
}

std::string map_signature(const std::string& name) { return find_map(name, name).signature; }

std::shared_ptr<const CoordinateMap> make_map(const std::string& axis, const std::string& name,
                                              const std::vector<double>& arguments) {
  const MapInfo& info = find_map(axis, name);
  check_arguments(axis, info, arguments);
  if (name == "log") {
    return make_log(axis, arguments);
  }
  if (name == "sinh") {
    return make_sinh(axis, arguments);
  }
  if (name == "tanh") {
    return make_tanh(axis, arguments);
  }
  return std::make_shared<Linear>();
}

}  // namespace sgdflux::mesh
