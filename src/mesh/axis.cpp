#include "sgdflux/mesh/axis.hpp"

#include <limits>

#include "axis_rules.hpp"
#include "number_text.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::mesh {
namespace {

constexpr Index most_cells = std::numeric_limits<std::int32_t>::max();

void check_cells(const AxisSpec& spec) {
  if (spec.cells < 1 || spec.cells > most_cells) {
    throw core::SettingsError("mesh." + spec.name + ": " + std::to_string(spec.cells) +
                              " cells, allowed is an integer from 1 to " + std::to_string(most_cells));
  }
}

void check_boundaries(const AxisSpec& spec) {
  const bool lower = spec.lower == Boundary::periodic;
  const bool upper = spec.upper == Boundary::periodic;
  if (lower != upper) {
    throw core::SettingsError("mesh." + spec.name + ": periodic on one end only (the other is " +
                              to_string(lower ? spec.upper : spec.lower) + "), periodic must be on both ends");
  }
  if (lower && !spec.automatic() && spec.map != "linear") {
    throw core::SettingsError("mesh." + spec.name + ": a periodic axis needs the map linear; " + spec.map +
                              " has a kink where the ends meet");
  }
  if (lower && spec.automatic()) {
    throw core::SettingsError("mesh." + spec.name + ": periodic needs bounds such as linear(0, 2*pi), auto has none");
  }
}

std::string boundary_text(const AxisSpec& spec) {
  if (spec.lower != spec.upper) {
    return " " + to_string(spec.lower) + " " + to_string(spec.upper);
  }
  return spec.lower == Boundary::truncated ? "" : " " + to_string(spec.lower);
}

std::string map_text(const AxisSpec& spec) {
  if (spec.automatic()) {
    return spec.map;
  }
  std::string text = spec.map;
  for (std::size_t i = 0; i < spec.arguments.size(); ++i) {
    text += (i == 0 ? "(" : ", ") + number_text(spec.arguments[i]);
  }
  return text + ")";
}

}  // namespace

std::string to_string(Boundary boundary) { return boundary_names()[static_cast<std::size_t>(boundary)]; }

std::string AxisSpec::to_string() const { return map_text(*this) + " " + std::to_string(cells) + boundary_text(*this); }

const std::vector<std::string>& boundary_names() {
  static const std::vector<std::string> names = {"truncated", "reflecting", "absorbing", "periodic"};
  return names;
}

void check_spec(const AxisSpec& spec) {
  if (!spec.automatic()) {
    static_cast<void>(make_map(spec.name, spec.map, spec.arguments));
  }
  check_cells(spec);
  check_boundaries(spec);
}

Axis::Axis(AxisSpec spec) : spec_(std::move(spec)) {
  if (spec_.automatic()) {
    throw core::InternalError("axis " + spec_.name + " was built before its automatic bounds were resolved");
  }
  check_spec(spec_);
  map_ = make_map(spec_.name, spec_.map, spec_.arguments);
  origin_ = map_->computational(lower());
  spacing_ = (map_->computational(upper()) - origin_) / static_cast<double>(cells());
  if (!(spacing_ > 0)) {
    throw core::SettingsError("mesh." + spec_.name + " = " + spec_.to_string() +
                              ": the bounds are too close for a double to tell the cells apart");
  }
}

Eigen::ArrayXd Axis::centres() const {
  return map_->physical(Eigen::ArrayXd::NullaryExpr(cells(), [this](Eigen::Index i) { return centre(i); }));
}

Eigen::ArrayXd Axis::faces() const {
  return map_->physical(Eigen::ArrayXd::NullaryExpr(cells() + 1, [this](Eigen::Index i) { return face(i); }));
}

}  // namespace sgdflux::mesh
