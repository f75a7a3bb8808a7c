#include "sgdflux/sample/tally.hpp"

#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

void check(const TallyLayout& layout, Index paths, int blocks) {
  const auto columns = static_cast<Index>(layout.columns.size());
  bool sound = layout.shift.size() == columns && layout.shift.isFinite().all() && paths >= 0 && blocks >= 1;
  for (const auto& [i, j] : layout.products) {
    sound = sound && 0 <= i && i <= j && j < columns;
  }
  if (!sound) {
    throw core::InternalError(
        "A tally needs one finite shift per column, products of columns i ≤ j, at least 0 paths and 1 block.");
  }
}

}  // namespace

Tally::Tally(TallyLayout layout, Index first, Index paths, int blocks)
    : layout_(std::move(layout)), first_(first), paths_(paths) {
  check(layout_, paths, blocks);
  sums_.assign(static_cast<std::size_t>(blocks), Batch::Zero(paths, layout_.sums()));
  records_.assign(static_cast<std::size_t>(blocks), 0);
}

void Tally::add(int block, Index from, const Batch& values) {
  const auto columns = static_cast<Index>(layout_.columns.size());
  if (block < 0 || block >= blocks() || from < first_ || from + values.rows() > first_ + paths_ ||
      values.cols() != columns) {
    throw core::InternalError("A record does not fit its tally: block, paths or columns are out of range.");
  }
  auto rows = sums(block).middleRows(from - first_, values.rows());
  const Batch shifted = values.rowwise() - layout_.shift.transpose();
  rows.leftCols(columns) += shifted;
  for (std::size_t k = 0; k < layout_.products.size(); ++k) {
    const auto& [i, j] = layout_.products[k];
    rows.col(columns + static_cast<Index>(k)) += shifted.col(i) * shifted.col(j);
  }
  if (from == first_) {
    ++records_[static_cast<std::size_t>(block)];
  }
}

}  // namespace sgdflux::sample
