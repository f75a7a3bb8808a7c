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
  result.zero_ = constant == 0;
  result.has_base_ = constant != 0;
  for (std::size_t d = 0; d < result.lines_.size(); ++d) {
    result.depends_[d] = result.lines_[d].size() > 0;
    result.zero_ = result.zero_ && !result.depends_[d];
    result.has_base_ = result.has_base_ || (result.depends_[d] && static_cast<int>(d) != result.last_);
  }
  return result;
}

CellFunction CellFunction::table(const Box& box, int dimension, const Axes& axes) {
  CellFunction result;
  result.box_ = box;
  result.last_ = dimension - 1;
  result.depends_ = axes;
  result.zero_ = false;
  result.has_base_ = !axes[static_cast<std::size_t>(result.last_)];
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

}  // namespace sgdflux::fv
