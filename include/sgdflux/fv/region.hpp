#pragma once
/// Active cells of a box, and functions continued beyond the absorbing surfaces that their lines cross.
#include <array>
#include <map>
#include <utility>

#include "sgdflux/fv/absorption.hpp"
#include "sgdflux/fv/coefficients.hpp"

namespace sgdflux::fv {

/// g at points ξ (n × dimension → n). @throws SettingsError naming the point where g is NaN.
[[nodiscard]] Eigen::ArrayXd level(const mesh::Grid& grid, const AbsorbingSet& absorbing, const BatchView& xi);

/// What a function does at a surface: it is 0 there, or it goes on freely; by at most `cells` active cells.
struct Closure {
  bool zero = true;
  int cells = 1;
  bool noiseless = false;  ///< information only travels along this line
};

/// What a density P of drift B and diffusion A along a line does at a surface on `side` (±1). Without noise (|B|h >
/// 1000 A) there is a condition only where the drift comes out of the surface, and polynomials are kept linear;
/// functions of the backward operator see the drift reversed.
/// @param half_width m of order 2m.
[[nodiscard]] Closure forward_closure(double drift, double diffusion, double spacing, int side, int half_width);
[[nodiscard]] Closure backward_closure(double drift, double diffusion, double spacing, int side, int half_width);

/// A value as Σ weight · value(cell).
struct LineSum {
  static constexpr int capacity = 8;
  int size = 0;
  std::array<mesh::Cell, capacity> cell{};
  std::array<double, capacity> weight{};
};

/// A line of cells that leaves the active ones: `last`, last + step (inactive), last + 2 step, …
struct Line {
  mesh::Cell last{};
  mesh::Cell step{};             ///< ±1 along one axis, or any direction
  int beyond = 0;                ///< steps after `last` that a value is wanted at; 0: the line meets no active cell
  int room = LineSum::capacity;  ///< cells last, last − step, … that may be used
};

/// The step of ±1 along an axis.
[[nodiscard]] mesh::Cell unit_step(int axis, int side);

class Region {
 public:
  /// @param box cells of which something may be asked; cut at the ends of axes that are not periodic. Not collective.
  /// @throws SettingsError where g is NaN.
  Region(const mesh::Grid& grid, const AbsorbingSet& absorbing, const mesh::Box& box);

  [[nodiscard]] const mesh::Box& box() const { return box_; }
  /// Cells of the box; beyond it as active_cells.
  [[nodiscard]] bool active(mesh::Cell cell) const;
  /// From the centre of an active cell to the surface along a step, in steps, in (0, 1]. The next cell must be
  /// inactive. A centre on the surface itself counts as 1e-10 before it.
  [[nodiscard]] double distance(const mesh::Cell& last, const mesh::Cell& step) const;
  /// The value that a function has `line.beyond` steps after the last active cell.
  [[nodiscard]] LineSum beyond(const Line& line, const Closure& closure) const;
  /// Goes back from the inactive `cell` at most `steps` steps to the first active one.
  [[nodiscard]] Line land(const mesh::Cell& cell, const mesh::Cell& step, int steps) const;
  /// The value at an inactive cell by that of the lines which uses most cells (of those the one that lands first);
  /// empty sum, value 0: no line has cells to use.
  [[nodiscard]] LineSum best(const std::array<Line, 3>& lines, const Closure& closure) const;
  /// drift and diffusion at the cells of the box; 0 in inactive cells. @throws SettingsError as cell_coefficients.
  [[nodiscard]] Coefficients coefficients(const model::Sde& sde) const;

 private:
  [[nodiscard]] int run(const Line& line) const;
  [[nodiscard]] Extrapolation through_zero(const Line& line, int cells, int available) const;
  [[nodiscard]] double measure(const mesh::Cell& last, const mesh::Cell& step) const;
  [[nodiscard]] double to_end(const mesh::Cell& last, const mesh::Cell& step) const;

  const mesh::Grid& grid_;
  AbsorbingSet absorbing_;
  mesh::Box box_;
  Eigen::Array<bool, Eigen::Dynamic, 1> active_;
  mutable std::map<std::pair<Index, mesh::Cell>, double> distances_;  ///< those asked so far: each takes many g
};

}  // namespace sgdflux::fv
