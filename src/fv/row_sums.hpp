#pragma once
/// Sums over neighbours for whole rows of cells: the loops that all the time goes into.
#include "sgdflux/core/types.hpp"

namespace sgdflux::fv {

using core::Index;

/// A row of n numbers and those of its neighbours, `stride` apart, along the axis that is summed over.
struct Source {
  const double* row;
  Index stride;
};

/// y(x) += Σ_{|k| ≤ reach} w[k] p(x + k stride), x = 0 … n − 1. `w` points at the middle of the weights, reach ≤ 4.
void add_sums(int reach, const double* w, const Source& p, double* y, Index n);
/// y(x) += q(x) Σ_k w[k] p(x + k stride).
void add_sums_times(const double* q, int reach, const double* w, const Source& p, double* y, Index n);
/// y(x) += Σ_k w[k] q(x + k stride_q) p(x + k stride_p).
void add_sums_of_products(int reach, const double* w, const Source& q, const Source& p, double* y, Index n);

}  // namespace sgdflux::fv
