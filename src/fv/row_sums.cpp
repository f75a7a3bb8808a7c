#include "fv/row_sums.hpp"

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

/// With constant reach and number of sums the loops over them are unrolled, and rows are read by vector instructions.
template <int reach, bool with_plain, int terms>
void sums(const Terms& t, const Source& p, double* __restrict y, Index n) {
  const double* __restrict row = p.row;
  const double* __restrict q1 = t.q1;
  const double* __restrict q2 = t.q2;
  const Index stride = p.stride;
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

template <int reach>
void products(const double* w, const Source& q, const Source& p, double* __restrict y, Index n) {
  const double* __restrict row = p.row;
  const double* __restrict factor = q.row;
  const Index stride = p.stride;
  const Index step = q.stride;
  for (Index x = 0; x < n; ++x) {
    double above = 0;
    double below = 0;
#pragma GCC unroll 9
    for (int k = -reach; k <= reach; ++k) {
      (k < 0 ? below : above) += w[k] * (factor[x + k * step] * row[x + k * stride]);
    }
    y[x] += above + below;
  }
}

template <int reach>
void two_sums(const double* w1, const double* __restrict p1, const double* w2, const double* __restrict p2,
              double* __restrict y, Index n) {
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
void sums(int terms, const Terms& t, const Source& p, double* y, Index n) {
  const bool plain = t.plain != nullptr;
  switch (terms) {
    case 0:
      return plain ? sums<reach, true, 0>(t, p, y, n) : void();
    case 1:
      return plain ? sums<reach, true, 1>(t, p, y, n) : sums<reach, false, 1>(t, p, y, n);
    default:
      return plain ? sums<reach, true, 2>(t, p, y, n) : sums<reach, false, 2>(t, p, y, n);
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

void add_terms(int reach, int terms, const Terms& t, const Source& p, double* y, Index n) {
  with_reach(reach, [&](auto constant) { sums<constant.value>(terms, t, p, y, n); });
}

}  // namespace

void RowSums::add_to(double* y, Index n, const Source& p) const {
  Terms terms{plain_ == Stencil{} ? nullptr : plain_.middle(), nullptr, nullptr, nullptr, nullptr};
  int waiting = 0;
  const auto flush = [&] {
    add_terms(reach_, waiting, terms, p, y, n);
    terms.plain = nullptr;
    waiting = 0;
  };
  for (int i = 0; i < count_; ++i) {
    const RowSum& sum = sums_[static_cast<std::size_t>(i)];
    if (sum.step != 0) {
      with_reach(reach_, [&](auto constant) { products<constant.value>(sum.weights, {sum.q, sum.step}, p, y, n); });
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

void add_sums(int reach, const double* w, const Source& p, double* y, Index n) {
  add_terms(reach, 0, {w, nullptr, nullptr, nullptr, nullptr}, p, y, n);
}

void add_two_sums(int reach, const double* w1, const double* p1, const double* w2, const double* p2, double* y,
                  Index n) {
  with_reach(reach, [&](auto constant) { two_sums<constant.value>(w1, p1, w2, p2, y, n); });
}

void add_sums_times(const double* q, int reach, const double* w, const Source& p, double* y, Index n) {
  add_terms(reach, 1, {nullptr, q, w, nullptr, nullptr}, p, y, n);
}

}  // namespace sgdflux::fv
