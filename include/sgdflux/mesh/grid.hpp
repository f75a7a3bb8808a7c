#pragma once
/// Tensor grid of 1–4 axes.
#include <array>
#include <string>
#include <vector>

#include "sgdflux/mesh/axis.hpp"

namespace sgdflux::mesh {

/// Lattice coordinates of a cell; entries beyond the dimension are 0.
using Cell = std::array<Index, core::max_dimension>;

class Grid {
 public:
  explicit Grid(std::vector<Axis> axes);  ///< @throws SettingsError for 0 or more than 4 axes, or > 2^31 cells
  [[nodiscard]] int dimension() const { return static_cast<int>(axes_.size()); }
  [[nodiscard]] const Axis& axis(int d) const { return axes_[static_cast<std::size_t>(d)]; }
  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  [[nodiscard]] Index cells() const;         ///< product over the axes
  [[nodiscard]] double cell_volume() const;  ///< product of spacings: volume in ξ, the same for every cell
  [[nodiscard]] Cell shape() const;          ///< cells per axis, 1 beyond the dimension

 private:
  std::vector<Axis> axes_;
};

/// Reads `file`: a section [mesh] (or bare lines) of the same "name = MAP(…) CELLS …" lines.
/// @throws FileError naming file and line, SettingsError from parse_axis.
[[nodiscard]] std::vector<AxisSpec> read_mesh_file(const std::string& file);

}  // namespace sgdflux::mesh
