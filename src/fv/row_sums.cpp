#include "fv/row_sums.hpp"

#include <type_traits>

// Rows of a field begin where their borders end, so that half of the loads of wider vectors would cross two cache
// lines.
#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
#pragma GCC target("prefer-vector-width=256")
#endif

namespace sgdflux::fv {
namespace {

/// Factors and weights of up to two sums.
struct Terms {
  const double* plain;
  const double* q1;
  const double* w1;
  const double* q2;
  const double* w2;
};

// With constant reach and number of sums the loops over them are unrolled, and rows are read by vector instructions.
// What one row needs stays a function of its own: only there is the compiler told that nothing overlaps.

template <int reach, bool with_plain, int terms>
[[gnu::noinline]] void row_sums(const Terms& t, const double* __restrict q1, const double* __restrict q2,
                                const double* __restrict row, Index stride, double* __restrict y, Index n) {
  for (Index x = 0; x < n; ++x) {
    double plain = 0;
    double below = 0;  // a second chain of additions, not to wait for the first
    double first = 0;
    double second = 0;
#pragma GCC unroll 9
    for (int k = -reach; k <= reach; ++k) {
      const double value = row[x + k * stride];
      if constexpr (with_plain) {
        (k < 0 ? below : plain) += t.plain[k] * value;
      }
      if constexpr (terms > 0) {
        first += t.w1[k] * value;
      }
      if constexpr (terms > 1) {
        second += t.w2[k] * value;
      }
    }
    double total = plain + below;
    if constexpr (terms > 0) {
      total += q1[x] * first;
    }
    if constexpr (terms > 1) {
      total += q2[x] * second;
    }
    y[x] += total;
  }
}

template <int reach, bool with_plain, int terms>
void sums(const Terms& t, const Source& p, const Rows& rows) {
  for (Index r = 0; r < rows.count; ++r) {
    const Index factors = r * rows.factor_step;
    row_sums<reach, with_plain, terms>(t, terms > 0 ? t.q1 + factors : nullptr, terms > 1 ? t.q2 + factors : nullptr,
                                       p.row + r * rows.source_step, p.stride, rows.result + r * rows.result_step,
                                       rows.n);
  }
}

template <int reach>
[[gnu::noinline]] void row_products(const double* w, const double* __restrict q, Index step,
                                    const double* __restrict row, Index stride, double* __restrict y, Index n) {
  for (Index x = 0; x < n; ++x) {
    double above = 0;
    double below = 0;
#pragma GCC unroll 9
    for (int k = -reach; k <= reach; ++k) {
      (k < 0 ? below : above) += w[k] * (q[x + k * step] * row[x + k * stride]);
    }
    y[x] += above + below;
  }
}

template <int reach>
void products(const double* w, const Source& q, const Source& p, const Rows& rows) {
  for (Index r = 0; r < rows.count; ++r) {
    row_products<reach>(w, q.row + r * rows.factor_step, q.stride, p.row + r * rows.source_step, p.stride,
                        rows.result + r * rows.result_step, rows.n);
  }
}

template <int reach>
[[gnu::noinline]] void two_row_sums(const double* w1, const double* __restrict p1, const double* w2,
                                    const double* __restrict p2, double* __restrict y, Index n) {
  for (Index x = 0; x < n; ++x) {
    double first = 0;
    double second = 0;
#pragma GCC unroll 9
    for (int k = -reach; k <= reach; ++k) {
      first += w1[k] * p1[x + k];
      second += w2[k] * p2[x + k];
    }
    y[x] += first + second;
  }
}

template <int reach>
void two_sums(const double* w1, const double* p1, Index step1, const double* w2, const double* p2, const Rows& rows) {
  for (Index r = 0; r < rows.count; ++r) {
    two_row_sums<reach>(w1, p1 + r * step1, w2, p2 + r * rows.source_step, rows.result + r * rows.result_step, rows.n);
  }
}

template <int reach, bool times>
[[gnu::noinline]] void varying_row_sums(double factor, const double* __restrict q, const double* __restrict w,
                                        Index step, const double* __restrict p, double* __restrict y, Index n) {
  for (Index x = 0; x < n; ++x) {
    double sum = 0;
#pragma GCC unroll 9
    for (int k = -reach; k <= reach; ++k) {
      sum += w[x + k * step] * p[x + k];
    }
    y[x] += (times ? factor * q[x] : factor) * sum;
  }
}

template <int reach, bool times>
void varying_sums(double factor, const double* q, const double* w, Index step, const double* p, const Rows& rows) {
  for (Index r = 0; r < rows.count; ++r) {
    varying_row_sums<reach, times>(factor, times ? q + r * rows.factor_step : nullptr, w, step,
                                   p + r * rows.source_step, rows.result + r * rows.result_step, rows.n);
  }
}

template <int reach>
void sums(int terms, const Terms& t, const Source& p, const Rows& rows) {
  const bool plain = t.plain != nullptr;
  switch (terms) {
    case 0:
      return plain ? sums<reach, true, 0>(t, p, rows) : void();
    case 1:
      return plain ? sums<reach, true, 1>(t, p, rows) : sums<reach, false, 1>(t, p, rows);
    default:
      return plain ? sums<reach, true, 2>(t, p, rows) : sums<reach, false, 2>(t, p, rows);
  }
}

/// Calls call with the reach as a constant, std::integral_constant<int, reach>.
template <class Call>
void with_reach(int reach, const Call& call) {
  switch (reach) {
    case 0:
      return call(std::integral_constant<int, 0>{});
    case 1:
      return call(std::integral_constant<int, 1>{});
    case 2:
      return call(std::integral_constant<int, 2>{});
    case 3:
      return call(std::integral_constant<int, 3>{});
    default:
      return call(std::integral_constant<int, 4>{});
  }
}

void add_terms(int reach, int terms, const Terms& t, const Source& p, const Rows& rows) {
  with_reach(reach, [&](auto constant) { sums<constant.value>(terms, t, p, rows); });
}

}  // namespace

void RowSums::add_to(const Rows& rows, const Source& p) const {
  Terms terms{plain_ == Stencil{} ? nullptr : plain_.middle(), nullptr, nullptr, nullptr, nullptr};
  int waiting = 0;
  const auto flush = [&] {
    add_terms(reach_, waiting, terms, p, rows);
    terms.plain = nullptr;
    waiting = 0;
  };
  for (int i = 0; i < count_; ++i) {
    const RowSum& sum = sums_[static_cast<std::size_t>(i)];
    if (sum.step != 0) {
      with_reach(reach_, [&](auto constant) { products<constant.value>(sum.weights, {sum.q, sum.step}, p, rows); });
      continue;
    }
    (waiting == 0 ? terms.q1 : terms.q2) = sum.q;
    (waiting == 0 ? terms.w1 : terms.w2) = sum.weights;
    if (++waiting == 2) {
      flush();
    }
  }
  if (waiting > 0 || terms.plain != nullptr) {
    flush();
  }
}

void add_sums(const double* q, int reach, const double* w, const Source& p, const Rows& rows) {
  q != nullptr ? add_terms(reach, 1, {nullptr, q, w, nullptr, nullptr}, p, rows)
               : add_terms(reach, 0, {w, nullptr, nullptr, nullptr, nullptr}, p, rows);
}

void add_two_sums(int reach, const double* w1, const double* p1, Index step1, const double* w2, const double* p2,
                  const Rows& rows) {
  with_reach(reach, [&](auto constant) { two_sums<constant.value>(w1, p1, step1, w2, p2, rows); });
}

void add_varying_sums(double factor, const double* q, int reach, const double* w, Index step, const double* p,
                      const Rows& rows) {
  with_reach(reach, [&](auto constant) {
    q != nullptr ? varying_sums<constant.value, true>(factor, q, w, step, p, rows)
                 : varying_sums<constant.value, false>(factor, q, w, step, p, rows);
  });
}

}  // namespace sgdflux::fv
