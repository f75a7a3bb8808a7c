#include "fv/row_sums.hpp"

namespace sgdflux::fv {
namespace {

/// Pointers and weights of the neighbours; with a constant reach loops over them are unrolled, and rows are read by
/// vector instructions.
template <int reach>
void plain(const double* w, const Source& p, double* __restrict y, Index n) {
  const double* __restrict row = p.row;
  const Index stride = p.stride;
  for (Index x = 0; x < n; ++x) {
    double sum = w[0] * row[x];
#pragma GCC unroll 4
    for (int k = 1; k <= reach; ++k) {
      sum += w[k] * row[x + k * stride];
      sum += w[-k] * row[x - k * stride];
    }
    y[x] += sum;
  }
}

template <int reach>
void times(const double* __restrict q, const double* w, const Source& p, double* __restrict y, Index n) {
  const double* __restrict row = p.row;
  const Index stride = p.stride;
  for (Index x = 0; x < n; ++x) {
    double sum = w[0] * row[x];
#pragma GCC unroll 4
    for (int k = 1; k <= reach; ++k) {
      sum += w[k] * row[x + k * stride];
      sum += w[-k] * row[x - k * stride];
    }
    y[x] += q[x] * sum;
  }
}

template <int reach>
void products(const double* w, const Source& q, const Source& p, double* __restrict y, Index n) {
  const double* __restrict row = p.row;
  const double* __restrict factor = q.row;
  const Index stride = p.stride;
  const Index step = q.stride;
  for (Index x = 0; x < n; ++x) {
    double sum = w[0] * factor[x] * row[x];
#pragma GCC unroll 4
    for (int k = 1; k <= reach; ++k) {
      sum += w[k] * factor[x + k * step] * row[x + k * stride];
      sum += w[-k] * factor[x - k * step] * row[x - k * stride];
    }
    y[x] += sum;
  }
}

}  // namespace

void add_sums(int reach, const double* w, const Source& p, double* y, Index n) {
  switch (reach) {
    case 0:
      return plain<0>(w, p, y, n);
    case 1:
      return plain<1>(w, p, y, n);
    case 2:
      return plain<2>(w, p, y, n);
    case 3:
      return plain<3>(w, p, y, n);
    default:
      return plain<4>(w, p, y, n);
  }
}

void add_sums_times(const double* q, int reach, const double* w, const Source& p, double* y, Index n) {
  switch (reach) {
    case 0:
      return times<0>(q, w, p, y, n);
    case 1:
      return times<1>(q, w, p, y, n);
    case 2:
      return times<2>(q, w, p, y, n);
    case 3:
      return times<3>(q, w, p, y, n);
    default:
      return times<4>(q, w, p, y, n);
  }
}

void add_sums_of_products(int reach, const double* w, const Source& q, const Source& p, double* y, Index n) {
  switch (reach) {
    case 0:
      return products<0>(w, q, p, y, n);
    case 1:
      return products<1>(w, q, p, y, n);
    case 2:
      return products<2>(w, q, p, y, n);
    case 3:
      return products<3>(w, q, p, y, n);
    default:
      return products<4>(w, q, p, y, n);
  }
}

}  // namespace sgdflux::fv
