#pragma once
/// Values behind surfaces on the diagonals of a row of the backward operator, near ends that bend them.
#include "fv/row_slots.hpp"

namespace sgdflux::fv {

/// a − b.
[[nodiscard]] mesh::Cell difference(const mesh::Cell& a, const mesh::Cell& b);

/// References must outlive it.
class SurfaceValues {
 public:
  /// @param centre the row's cell; `cells` of the closure.
  SurfaceValues(const mesh::Grid& grid, const Region& region, const RowSlots& slots, const mesh::Cell& centre,
                int cells)
      : grid_(grid), region_(region), slots_(slots), centre_(centre), closure_{true, cells} {}

  /// The value at the end of a straight diagonal; where that comes in over a truncated or reflecting end after too few
  /// cells, by_axes if that uses more.
  [[nodiscard]] LineSum on_diagonal(const Line& line, const mesh::Cell& cell, const mesh::Cell& straight, int d,
                                    int j) const;

  /// The value at an inactive cell by that of the lines along d, along j and through the row's cell which uses most
  /// cells. Behind a truncated end that is the one along the end. Away from the axes the row's stencil holds fewer
  /// cells than the closure asks for: the order is lower by up to two there.
  /// @param straight where `cell` would be if no end had bent the way to it.
  [[nodiscard]] LineSum by_axes(const mesh::Cell& cell, const mesh::Cell& straight, int d, int j) const;

 private:
  [[nodiscard]] bool outside(const mesh::Cell& cell) const;
  [[nodiscard]] bool comes_over_end(const Line& line) const;
  [[nodiscard]] Line back_along(mesh::Cell cell, const mesh::Cell& straight, int axis) const;
  [[nodiscard]] Line back_along(const mesh::Cell& cell, int axis) const;
  [[nodiscard]] Line back(const mesh::Cell& cell, const mesh::Cell& step, Index steps) const;

  const mesh::Grid& grid_;
  const Region& region_;
  const RowSlots& slots_;
  mesh::Cell centre_;
  Closure closure_;
};

}  // namespace sgdflux::fv
