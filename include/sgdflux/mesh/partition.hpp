#pragma once
/// Which rank owns which cells: pure integers, no MPI.
#include <vector>

#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::mesh {

/// Half-open box of lattice cells [lower, upper); entries beyond the dimension are [0, 1).
/// A halo box may reach beyond the lattice only along periodic axes.
struct Box {
  Cell lower{0, 0, 0, 0};
  Cell upper{1, 1, 1, 1};
  [[nodiscard]] Index extent(int d) const { return upper[d] - lower[d]; }
  [[nodiscard]] Index cells() const;
  [[nodiscard]] bool contains(const Cell& cell) const;
  /// Position of a cell inside the box, last axis fastest (C order).
  [[nodiscard]] Index position(const Cell& cell) const;
  /// Inverse of position.
  [[nodiscard]] Cell cell(Index position) const;
};

/// An array over a box seen from one of its axes: C order, cell (o, i, k) at (o · count + i) · inner + k, where i
/// counts along the axis.
struct Layers {
  Index outer = 1;
  Index count = 1;
  Index inner = 1;
};
[[nodiscard]] Layers layers(const Box& box, int axis);

/// `box` cut into pieces of at most `most` cells where that is possible: first along the axes that are `free` (down to
/// one layer), then along the others, down to `least` layers each. C order of the pieces.
[[nodiscard]] std::vector<Box> pieces(const Box& box, Index most, const std::array<bool, core::max_dimension>& free,
                                      Index least = 1);

/// The last axis along which a box has more than one cell: its cells are contiguous in arrays over the box.
[[nodiscard]] int row_axis(const Box& box);

/// Calls visit(first cell, position in `box`, length) for every contiguous row of `part`, which lies inside of `box`.
template <class Visit>
void for_each_row(const Box& box, const Box& part, const Visit& visit) {
  const auto along = static_cast<std::size_t>(row_axis(box));
  const Index length = part.upper[along] - part.lower[along];
  Box rows = part;
  rows.upper[along] = rows.lower[along] + (length > 0 ? 1 : 0);
  const Index count = rows.cells();
  for (Index row = 0; row < count; ++row) {
    const Cell first = rows.cell(row);
    visit(first, box.position(first), length);
  }
}

/// The common part of two boxes; empty boxes have no cells.
[[nodiscard]] Box common_part(const Box& a, const Box& b);
/// `box` displaced by so many cells along each axis.
[[nodiscard]] Box moved(Box box, const Cell& by);
/// `box` with `width` more cells on both sides of each axis in `axes`.
[[nodiscard]] Box widened(Box box, const std::array<bool, core::max_dimension>& axes, Index width);

/// Splits the lattice into one box per rank (process grid chosen for the smallest surface) and numbers the
/// cells rank by rank, C order inside each box: the global numbers that PETSc's row layout expects.
class Partition {
 public:
  /// Ranks beyond the cells get none. @throws SettingsError for no ranks.
  Partition(const Grid& grid, int ranks);
  /// The same lattice and ranks, cut across one axis alone: into slabs as wide as each other, or as many as fit.
  Partition(const Partition& other, int axis);
  [[nodiscard]] int ranks() const { return ranks_; }
  [[nodiscard]] const Cell& shape() const { return shape_; }  ///< of the lattice
  [[nodiscard]] const std::array<bool, core::max_dimension>& periodic() const { return periodic_; }
  [[nodiscard]] const Box& owned(int rank) const { return boxes_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] Index offset(int rank) const { return offsets_[static_cast<std::size_t>(rank)]; }
  /// The owned box widened by `width` cells, cut at non-periodic ends of the lattice (not at periodic ones).
  [[nodiscard]] Box with_halo(int rank, Index width) const;
  /// `cell` brought back into the lattice along periodic axes.
  [[nodiscard]] Cell wrapped(Cell cell) const;
  [[nodiscard]] int owner(const Cell& cell) const;     ///< of a wrapped cell
  [[nodiscard]] Index number(const Cell& cell) const;  ///< global number of a wrapped cell

 private:
  /// Deals boxes of a process grid out to the ranks.
  void cut(const Cell& processes);

  int ranks_;
  int dimension_;
  Cell shape_;
  std::array<bool, core::max_dimension> periodic_{};
  std::array<std::vector<Index>, core::max_dimension> cuts_;  // process-grid boundaries per axis
  std::vector<Box> boxes_;
  std::vector<Index> offsets_;
};

}  // namespace sgdflux::mesh
