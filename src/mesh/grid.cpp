#include "sgdflux/mesh/grid.hpp"

#include <set>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::mesh {
namespace {

constexpr Index most_cells = Index{1} << 31;

void check_names(const std::vector<Axis>& axes) {
  std::set<std::string> seen;
  for (const auto& axis : axes) {
    if (!seen.insert(axis.name()).second) {
      throw core::SettingsError("mesh." + axis.name() + " is given twice");
    }
  }
}

std::string shape_text(const std::vector<Axis>& axes) {
  std::string text;
  for (const auto& axis : axes) {
    text += (text.empty() ? "" : " × ") + std::to_string(axis.cells());
  }
  return text;
}

void check_size(const std::vector<Axis>& axes) {
  Index room = most_cells;
  for (const auto& axis : axes) {
    room /= axis.cells();
  }
  if (room < 1) {
    throw core::SettingsError("mesh: " + shape_text(axes) + " cells, allowed are at most " +
                              std::to_string(most_cells) + " in all");
  }
}

}  // namespace

Grid::Grid(std::vector<Axis> axes) : axes_(std::move(axes)) {
  if (axes_.empty() || axes_.size() > core::max_dimension) {
    throw core::SettingsError("mesh: " + std::to_string(axes_.size()) + " axes, allowed are 1 to " +
                              std::to_string(core::max_dimension));
  }
  check_names(axes_);
  check_size(axes_);
}

Index Grid::cells() const {
  Index count = 1;
  for (const auto& axis : axes_) {
    count *= axis.cells();
  }
  return count;
}

double Grid::cell_volume() const {
  double volume = 1;
  for (const auto& axis : axes_) {
    volume *= axis.spacing();
  }
  return volume;
}

Cell Grid::shape() const {
  Cell shape{1, 1, 1, 1};
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    shape[d] = axes_[d].cells();
  }
  return shape;
}

}  // namespace sgdflux::mesh
