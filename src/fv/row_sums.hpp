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

/// `count` rows of n cells: where their results go, and how far each row is from the next in results, in a source and
/// in factors.
struct Rows {
  double* result;
  Index n;
  Index count = 1;
  Index result_step = 0;
  Index source_step = 0;
  Index factor_step = 0;
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
  /// Adds all sums to rows that have the same, of which `p` is the first. It is read as far as reach in both
  /// directions.
  void add_to(const Rows& rows, const Source& p) const;

 private:
  int reach_;
  int count_ = 0;
  Stencil plain_;
  std::array<RowSum, 4> sums_;
};

/// y(x) += q(x) Σ_k w[k] p(x + k stride), x = 0 … n − 1; `w` points at the middle of the weights, reach ≤ 4. Without q
/// it is 1.
void add_sums(const double* q, int reach, const double* w, const Source& p, const Rows& rows);
/// y(x) += Σ_k w1[k] p1(x + k) + w2[k] p2(x + k) in rows, which in p1 are `step1` apart.
void add_two_sums(int reach, const double* w1, const double* p1, Index step1, const double* w2, const double* p2,
                  const Rows& rows);
/// y(x) += factor q(x) Σ_k w[x + k step] p(x + k): weights of every cell. Without q it is 1.
void add_varying_sums(double factor, const double* q, int reach, const double* w, Index step, const double* p,
                      const Rows& rows);

}  // namespace sgdflux::fv
