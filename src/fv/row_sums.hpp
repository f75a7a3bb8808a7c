#pragma once
/// Sums over neighbours for whole rows of cells: the loops that all the time goes into.
#include <array>

#include "fv/stencil_table.hpp"

namespace sgdflux::fv {

/// A row of numbers and those of its neighbours, `stride` apart, along the axis that is summed over.
struct Source {
  const double* row;
  Index stride;
};

/// Σ_{|k| ≤ reach} weights[k] p(x + k stride) for a row of cells x, as they are, times a number of the cell (step 0),
/// or with factors q(x + k step) of the neighbours.
struct RowSum {
  const double* q;
  Index step;
  const double* weights;  ///< the middle of a stencil of a table
};

/// All sums along one axis across rows that a row is made of.
class RowSums {
 public:
  explicit RowSums(int reach) : reach_(reach) {}
  /// Weights of the sum without factors.
  [[nodiscard]] Stencil& plain() { return plain_; }
  void add(const double* q, Index step, const Stencil& weights) {
    sums_[static_cast<std::size_t>(count_++)] = {q, step, weights.middle()};
  }
  /// y(x) += all sums, x = 0 … n − 1. `p` is read as far as reach in both directions.
  void add_to(double* y, Index n, const Source& p) const;

 private:
  int reach_;
  int count_ = 0;
  Stencil plain_;
  std::array<RowSum, 4> sums_;
};

/// y(x) += Σ_k w[k] p(x + k stride), x = 0 … n − 1; `w` points at the middle of the weights, reach ≤ 4.
void add_sums(int reach, const double* w, const Source& p, double* y, Index n);
/// y(x) += Σ_k w1[k] p1(x + k) + w2[k] p2(x + k).
void add_two_sums(int reach, const double* w1, const double* p1, const double* w2, const double* p2, double* y,
                  Index n);
/// y(x) += q(x) Σ_k w[k] p(x + k stride).
void add_sums_times(const double* q, int reach, const double* w, const Source& p, double* y, Index n);

}  // namespace sgdflux::fv
