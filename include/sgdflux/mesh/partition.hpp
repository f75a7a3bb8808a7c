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

/// Splits the lattice into one box per rank (process grid chosen for the smallest surface) and numbers the
/// cells rank by rank, C order inside each box: the global numbers that PETSc's row layout expects.
class Partition {
 public:
  /// @throws SettingsError when there are more ranks than cells.
  Partition(const Grid& grid, int ranks);
  [[nodiscard]] int ranks() const { return ranks_; }
  [[nodiscard]] const Box& owned(int rank) const { return boxes_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] Index offset(int rank) const { return offsets_[static_cast<std::size_t>(rank)]; }
  /// The owned box widened by `width` cells, cut at non-periodic ends of the lattice (not at periodic ones).
  [[nodiscard]] Box with_halo(int rank, Index width) const;
  /// `cell` brought back into the lattice along periodic axes.
  [[nodiscard]] Cell wrapped(Cell cell) const;
  [[nodiscard]] int owner(const Cell& cell) const;     ///< of a wrapped cell
  [[nodiscard]] Index number(const Cell& cell) const;  ///< global number of a wrapped cell

 private:
  int ranks_;
  int dimension_;
  Cell shape_;
  std::array<bool, core::max_dimension> periodic_{};
  std::array<std::vector<Index>, core::max_dimension> cuts_;  // process-grid boundaries per axis
  std::vector<Box> boxes_;
  std::vector<Index> offsets_;
};

}  // namespace sgdflux::mesh
