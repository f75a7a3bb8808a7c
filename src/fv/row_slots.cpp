#include "fv/row_slots.hpp"

#include <algorithm>
#include <cstdlib>

namespace sgdflux::fv {

RowSlots::RowSlots(int dimension, int half_width, const Coupling& coupling, bool closures)
    : dimension_(dimension), width_(std::max(closures ? closure_cells(half_width) : half_width, 2)) {
  Index cube = 1;
  for (int d = 0; d < dimension; ++d) {
    cube *= 2 * width_ + 1;
  }
  columns_.assign(static_cast<std::size_t>(cube), -1);
  make(0, 0, 0, 0);
  for (int d = 0; d < dimension; ++d) {
    for (int k = -width_; k <= width_; ++k) {
      make(d, k, d, 0);
    }
    for (int j = 0; j < d; ++j) {
      if (!coupling[static_cast<std::size_t>(d)][static_cast<std::size_t>(j)]) {
        continue;
      }
      make_square(d, j, half_width);
      if (closures) {
        make_diagonals(d, j);
      }
    }
  }
}

int RowSlots::find(const mesh::Cell& offset) const {
  const bool near = std::all_of(offset.begin(), offset.end(), [&](Index by) { return std::abs(by) <= width_; });
  return near ? columns_[place_of(offset)] : -1;
}

void RowSlots::make(int axis, int k, int other, int l) {
  mesh::Cell offset{};
  offset[static_cast<std::size_t>(axis)] += k;
  offset[static_cast<std::size_t>(other)] += l;
  columns_[place_of(offset)] = static_cast<int>(table_.slot(offset));
}

void RowSlots::make_square(int d, int j, int half_width) {
  for (int k = -half_width; k <= half_width; ++k) {
    for (int l = -half_width; l <= half_width; ++l) {
      make(d, k, j, l);
    }
  }
}

void RowSlots::make_diagonals(int d, int j) {
  for (int k = -width_; k <= width_; ++k) {
    make(d, k, j, k);
    make(d, k, j, -k);
  }
}

std::size_t RowSlots::place_of(const mesh::Cell& offset) const {
  Index position = 0;
  for (int d = 0; d < dimension_; ++d) {
    position = position * (2 * width_ + 1) + offset[static_cast<std::size_t>(d)] + width_;
  }
  return static_cast<std::size_t>(position);
}

}  // namespace sgdflux::fv
