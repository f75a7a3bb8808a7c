#include "fv/cell_function.hpp"

#include <algorithm>

namespace sgdflux::fv {

using mesh::Box;
using mesh::Cell;

CellFunction CellFunction::sum(const Box& box, int dimension, double constant, Lines lines) {
  CellFunction result;
  result.box_ = box;
  result.last_ = dimension - 1;
  result.constant_ = constant;
  result.lines_ = std::move(lines);
  for (std::size_t d = 0; d < result.lines_.size(); ++d) {
    result.depends_[d] = result.lines_[d].size() > 0;
  }
  return result;
}

CellFunction CellFunction::table(const Box& box, int dimension, const Axes& axes) {
  CellFunction result;
  result.box_ = box;
  result.last_ = dimension - 1;
  result.depends_ = axes;
  Index size = 1;
  for (std::size_t d = axes.size(); d-- > 0;) {
    if (axes[d]) {
      result.strides_[d] = size;
      size *= box.upper[d] - box.lower[d];
    } else {
      result.box_.upper[d] = box.lower[d] + 1;
    }
  }
  result.table_ = Eigen::ArrayXd::Zero(size);
  return result;
}

bool CellFunction::depends_on_any() const {
  return std::any_of(depends_.begin(), depends_.end(), [](bool on) { return on; });
}

double CellFunction::base(const Cell& cell) const {
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

void CellFunction::bases(const Cell& cell, int axis, int reach, double* bases) const {
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

const double* CellFunction::along(const Cell& cell) const {
  if (!varies_along_rows()) {
    return nullptr;
  }
  return table_.size() > 0 ? table_.data() + position(cell)
                           : lines_[static_cast<std::size_t>(last_)].data() + (cell[last_] - box_.lower[last_]);
}

double CellFunction::at(const Cell& cell) const {
  const double* row = along(cell);
  return base(cell) + (row != nullptr ? *row : 0);
}

double CellFunction::bytes() const {
  Index numbers = table_.size();
  for (const Eigen::ArrayXd& line : lines_) {
    numbers += line.size();
  }
  return static_cast<double>(numbers) * sizeof(double);
}

std::vector<Box> tiles(const Box& box, const Cell& extents) {
  std::vector<Box> result;
  if (box.cells() == 0) {
    return result;
  }
  Box counts;
  for (std::size_t d = 0; d < extents.size(); ++d) {
    counts.upper[d] = (box.upper[d] - box.lower[d] + extents[d] - 1) / extents[d];
  }
  for (Index i = 0; i < counts.cells(); ++i) {
    const Cell place = counts.cell(i);
    Box tile = box;
    for (std::size_t d = 0; d < extents.size(); ++d) {
      tile.lower[d] += place[d] * extents[d];
      tile.upper[d] = std::min(box.upper[d], tile.lower[d] + extents[d]);
    }
    result.push_back(tile);
  }
  return result;
}

Box widened(Box box, const CellFunction::Axes& axes, Index width) {
  for (std::size_t d = 0; d < axes.size(); ++d) {
    box.lower[d] -= axes[d] ? width : 0;
    box.upper[d] += axes[d] ? width : 0;
  }
  return box;
}

Box intersection(const Box& a, const Box& b) {
  Box both;
  for (std::size_t d = 0; d < both.lower.size(); ++d) {
    both.lower[d] = std::max(a.lower[d], b.lower[d]);
    both.upper[d] = std::max(both.lower[d], std::min(a.upper[d], b.upper[d]));
  }
  return both;
}

}  // namespace sgdflux::fv
