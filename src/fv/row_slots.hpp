#pragma once
/// The cells that a row of the backward operator may read.
#include <vector>

#include "fv/stencil.hpp"

namespace sgdflux::fv {

/// Offsets from the row's cell with their columns, the same for every box as a generator is put together from slabs:
/// along the axes (m cells, or as many as closures read), in the squares of ±m cells of coupled axes, and as far along
/// their diagonals as along the axes.
class RowSlots {
 public:
  /// @param half_width m of order 2m; `closures`: whether something absorbs.
  RowSlots(int dimension, int half_width, const Coupling& coupling, bool closures);

  [[nodiscard]] const std::vector<mesh::Cell>& offsets() const { return table_.offsets; }
  /// Column of an offset; −1: there is none.
  [[nodiscard]] int find(const mesh::Cell& offset) const;

 private:
  void make(int axis, int k, int other, int l);
  void make_square(int d, int j, int half_width);
  void make_diagonals(int d, int j);
  [[nodiscard]] std::size_t place_of(const mesh::Cell& offset) const;

  int dimension_;
  int width_;  ///< the furthest cell along an axis
  OffsetTable table_;
  std::vector<int> columns_;  ///< in the cube of all offsets up to width_
};

}  // namespace sgdflux::fv
