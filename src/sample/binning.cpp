#include "binning.hpp"

#include <cmath>

#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::sample {
namespace {

std::vector<std::vector<int>> subsets(int variables) {
  std::vector<std::vector<int>> all;
  if (variables == 2) {
    all.push_back({0, 1});
  }
  for (int d = 0; d < variables; ++d) {
    all.push_back({d});
  }
  return all;
}

/// Cell of every value along an axis, −1 outside.
std::vector<Index> cells_of(const mesh::Axis& axis, const Eigen::ArrayXd& x) {
  std::vector<Index> cells(static_cast<std::size_t>(x.size()), -1);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    if (x[i] >= axis.lower() && x[i] < axis.upper()) {
      const double xi = axis.map().computational(x[i]);
      const auto cell = static_cast<Index>(std::floor((xi - axis.face(0)) / axis.spacing()));
      cells[static_cast<std::size_t>(i)] = std::min(std::max<Index>(cell, 0), axis.cells() - 1);
    }
  }
  return cells;
}

}  // namespace

std::vector<mesh::AxisSpec> settled_axes(const std::vector<mesh::AxisSpec>& axes, const Batch& values) {
  std::vector<mesh::AxisSpec> settled = axes;
  for (std::size_t d = 0; d < axes.size(); ++d) {
    if (!axes[d].automatic()) {
      continue;
    }
    const auto column = values.col(static_cast<Eigen::Index>(d));
    const Alive finite = column.isFinite();
    const double low = finite.select(column, finite.any() ? 1e300 : 0.).minCoeff();
    const double high = finite.select(column, finite.any() ? -1e300 : 0.).maxCoeff();
    const double margin = high > low ? (high - low) / 2 : 1 + std::abs(low);
    settled[d].map = "linear";
    settled[d].arguments = {low - margin, high + margin};
  }
  return settled;
}

Histograms::Histograms(const std::vector<mesh::AxisSpec>& axes, Index paths, std::int64_t records)
    : paths_(paths), records_(records) {
  for (const mesh::AxisSpec& spec : axes) {
    axes_.emplace_back(spec);
  }
  for (const std::vector<int>& variables : subsets(static_cast<int>(axes.size()))) {
    Index cells = 1;
    for (const int d : variables) {
      cells *= axes[static_cast<std::size_t>(d)].cells;
    }
    binnings_.push_back(
        {variables, Counts::Zero(cells, groups), Eigen::Array<std::int64_t, Eigen::Dynamic, 1>::Zero(groups)});
  }
}

void Histograms::add(Index first, std::int64_t record, const Batch& values, const Alive& counts, int sign) {
  std::vector<std::vector<Index>> cells;
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    cells.push_back(cells_of(axes_[d], values.col(static_cast<Eigen::Index>(d))));
  }
  for (Binning& binning : binnings_) {
    for (Eigen::Index row = 0; row < values.rows(); ++row) {
      if (!counts[row]) {
        continue;
      }
      const Index group = paths_ >= groups ? (first + row) * groups / paths_ : record * groups / records_;
      binning.total[group] += sign;
      Index cell = 0;
      for (const int d : binning.variables) {
        const Index along = cells[static_cast<std::size_t>(d)][static_cast<std::size_t>(row)];
        cell = cell < 0 || along < 0 ? -1 : cell * axes_[static_cast<std::size_t>(d)].cells() + along;
      }
      if (cell >= 0) {
        binning.counts(cell, group) += sign;
      }
    }
  }
}

}  // namespace sgdflux::sample
