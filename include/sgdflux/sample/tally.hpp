#pragma once
/// Sums over recorded times, kept per path and per block of time: what all statistics of paths are computed from.
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/estimate.hpp"
#include "sgdflux/core/types.hpp"

namespace sgdflux::sample {

using core::Batch;
using core::Index;

/// What is summed: columns by name, and products of pairs of columns for covariances. `shift` (one finite number per
/// column, near its mean) is taken off values before they are added or multiplied: without it a covariance loses twice
/// the digits that mean and spread are apart.
struct TallyLayout {
  std::vector<std::string> columns;
  std::vector<std::pair<int, int>> products;  ///< positions i ≤ j in `columns`
  Eigen::ArrayXd shift;
  [[nodiscard]] Index sums() const { return static_cast<Index>(columns.size() + products.size()); }
};

/// Sums of the paths first … first + paths − 1 of one rank, in `blocks` blocks of time. Adding depends only on the path
/// and the order in time, so the numbers are the same on any number of ranks and however paths are grouped into
/// batches.
/// @throws InternalError for a layout or a record that does not fit.
class Tally {
 public:
  Tally() = default;
  Tally(TallyLayout layout, Index first, Index paths, int blocks);
  /// Adds one record of paths from … from + values.rows() − 1 (global numbers) to `block`; values: rows × columns. A
  /// record may come as several batches of paths: it is counted once, when the batch with the first path comes.
  void add(int block, Index from, const Batch& values);
  [[nodiscard]] const TallyLayout& layout() const { return layout_; }
  [[nodiscard]] Index first() const { return first_; }
  [[nodiscard]] Index paths() const { return paths_; }
  [[nodiscard]] int blocks() const { return static_cast<int>(sums_.size()); }
  [[nodiscard]] double records(int block) const { return records_[static_cast<std::size_t>(block)]; }
  /// paths × sums of a block: columns less their shift, then products of columns less their shifts.
  [[nodiscard]] const Batch& sums(int block) const { return sums_[static_cast<std::size_t>(block)]; }
  [[nodiscard]] Batch& sums(int block) { return sums_[static_cast<std::size_t>(block)]; }
  /// Overrides the count of add(): for tallies put together from parts, and for ranks without paths.
  void set_records(int block, double records) { records_[static_cast<std::size_t>(block)] = records; }

 private:
  TallyLayout layout_;
  Index first_ = 0;
  Index paths_ = 0;
  std::vector<Batch> sums_;
  std::vector<double> records_;
};

}  // namespace sgdflux::sample
