#pragma once
/// Coefficients at the cells of a box in as few numbers as they need.
#include <array>
#include <vector>

#include "sgdflux/fv/generator.hpp"

namespace sgdflux::fv {

/// A number at every cell of a box: a sum of functions of one coordinate each (constants and linear functions among
/// them), or a table over the coordinates that it depends on. 0 at cells beyond the lattice, up to other coordinates'
/// parts of a sum.
/// Along the last axis of the grid, x cells on from a cell, it is base(cell) + along(cell)[x]; either may be missing.
class CellFunction {
 public:
  using Lines = std::array<Eigen::ArrayXd, core::max_dimension>;
  using Axes = std::array<bool, core::max_dimension>;

  CellFunction() = default;  ///< 0
  /// constant + Σ_d lines[d](coordinate d); entry 0 of a line belongs to box.lower, empty lines are 0.
  static CellFunction sum(const mesh::Box& box, int dimension, double constant, Lines lines);
  /// Zeros to be set, over the coordinates of `axes`.
  static CellFunction table(const mesh::Box& box, int dimension, const Axes& axes);

  [[nodiscard]] bool zero() const { return zero_; }
  [[nodiscard]] bool depends(int axis) const { return depends_[static_cast<std::size_t>(axis)]; }
  /// The cells of a table: one along axes that it does not depend on.
  [[nodiscard]] const mesh::Box& box() const { return box_; }
  void set(const mesh::Cell& cell, double value) { table_(position(cell)) = value; }

  /// Whether base() is other than 0 anywhere.
  [[nodiscard]] bool has_base() const { return has_base_; }
  [[nodiscard]] double base(const mesh::Cell& cell) const;
  /// base at cells cell + k along an axis other than the last, k = −reach … reach, into bases[k].
  void bases(const mesh::Cell& cell, int axis, int reach, double* bases) const;
  [[nodiscard]] const double* along(const mesh::Cell& cell) const;
  /// How far the next cell's along() is away from this cell's, along an axis; 0: it is the same.
  [[nodiscard]] Index step(int axis) const {
    return table_.size() > 0 ? strides_[static_cast<std::size_t>(axis)] : axis == last_ ? 1 : 0;
  }
  [[nodiscard]] double at(const mesh::Cell& cell) const;
  [[nodiscard]] double bytes() const;

 private:
  [[nodiscard]] bool varies_along_rows() const { return depends_[static_cast<std::size_t>(last_)]; }
  [[nodiscard]] Index position(const mesh::Cell& cell) const {
    Index result = 0;
    for (std::size_t d = 0; d < cell.size(); ++d) {
      result += (cell[d] - box_.lower[d]) * strides_[d];
    }
    return result;
  }

  bool zero_ = true;
  bool has_base_ = false;
  mesh::Box box_;
  int last_ = 0;
  Axes depends_{};
  double constant_ = 0;
  Lines lines_;
  Eigen::ArrayXd table_;
  mesh::Cell strides_{};  ///< of the table; 0 along axes that it does not depend on
};

inline double CellFunction::base(const mesh::Cell& cell) const {
  if (table_.size() > 0) {
    return varies_along_rows() ? 0 : table_(position(cell));
  }
  double result = constant_;
  for (int d = 0; d < last_; ++d) {
    if (depends(d)) {
      result += lines_[static_cast<std::size_t>(d)](cell[d] - box_.lower[d]);
    }
  }
  return result;
}

inline void CellFunction::bases(const mesh::Cell& cell, int axis, int reach, double* bases) const {
  if (table_.size() > 0) {
    const bool none = varies_along_rows();
    const double* middle = none ? nullptr : table_.data() + position(cell);
    for (int k = -reach; k <= reach; ++k) {
      bases[k] = none ? 0 : middle[k * step(axis)];
    }
    return;
  }
  double others = constant_;
  for (int d = 0; d < last_; ++d) {
    if (d != axis && depends(d)) {
      others += lines_[static_cast<std::size_t>(d)](cell[d] - box_.lower[d]);
    }
  }
  const double* middle =
      depends(axis) ? lines_[static_cast<std::size_t>(axis)].data() + (cell[axis] - box_.lower[axis]) : nullptr;
  for (int k = -reach; k <= reach; ++k) {
    bases[k] = middle != nullptr ? others + middle[k] : others;
  }
}

inline const double* CellFunction::along(const mesh::Cell& cell) const {
  if (!varies_along_rows()) {
    return nullptr;
  }
  return table_.size() > 0 ? table_.data() + position(cell)
                           : lines_[static_cast<std::size_t>(last_)].data() + (cell[last_] - box_.lower[last_]);
}

/// Drift B_i and diffusion A_ij (model::pair_index; 0 where noise is not correlated).
struct CellFunctions {
  std::vector<CellFunction> drift;
  std::vector<CellFunction> diffusion;
};

/// Those of `owned` cells and of the `width` cells around them that fluxes read: B_i and A_ii along axis i, A_ij along
/// i and j. A form of few numbers is taken where it is that of every cell to rounding (16 ulp of its summands).
/// Coefficients are evaluated piece by piece. @throws SettingsError for NaN.
[[nodiscard]] CellFunctions cell_functions(const Discretisation& problem, const mesh::Box& owned, Index width);

/// `box` in tiles of at most these extents, in C order.
[[nodiscard]] std::vector<mesh::Box> tiles(const mesh::Box& box, const mesh::Cell& extents);

}  // namespace sgdflux::fv
