#pragma once
/// Histograms of variables on the cells of axes.
#include "sgdflux/sample/sampler.hpp"

namespace sgdflux::sample {

/// Axes for variables whose axis is automatic: the range of `values` (paths × variables) and half of it to either side.
[[nodiscard]] std::vector<mesh::AxisSpec> settled_axes(const std::vector<mesh::AxisSpec>& axes, const Batch& values);

/// Counts values into cells. Groups for error bars: of paths where there are at least as many, else of time.
class Histograms {
 public:
  static constexpr Index groups = 32;
  Histograms(const std::vector<mesh::AxisSpec>& axes, Index paths, std::int64_t records);
  /// Adds `sign` (+1, or −1 to take back) for every row with `counts` true. `values`: rows × (at least the) variables.
  void add(Index first, std::int64_t record, const Batch& values, const Alive& counts, int sign);
  [[nodiscard]] std::vector<Binning>& binnings() { return binnings_; }

 private:
  std::vector<mesh::Axis> axes_;
  Index paths_;
  std::int64_t records_;
  std::vector<Binning> binnings_;
};

}  // namespace sgdflux::sample
