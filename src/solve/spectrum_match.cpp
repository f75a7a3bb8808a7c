#include "spectrum_match.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <tuple>

namespace sgdflux::solve {
namespace {

using ComplexArray = Eigen::ArrayXcd;

/// Values of a defective pair split by the root of the rounding error, differently for L and Lᵀ.
constexpr double defective_split = 1e3;
/// Reciprocal condition number of the Gram matrix below which a group of equal values counts as defective.
constexpr double defective = 1e-6;

struct Candidate {
  double overlap;
  std::size_t right;
  std::size_t left;
};

/// |uᴴv| / (‖u‖‖v‖) of all combinations whose values agree.
std::vector<Candidate> candidates(const SpectrumOperator& op, const std::vector<Pair>& right,
                                  const std::vector<Pair>& left, double tolerance) {
  std::vector<Candidate> result;
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (std::size_t j = 0; j < left.size(); ++j) {
      const bool same_kind = (right[i].value.imag() == 0) == (left[j].value.imag() == 0);
      if (same_kind && std::abs(right[i].value - left[j].value) <= tolerance) {
        const Complex product = op.dot(left[j].vector.conjugate(), right[i].vector);
        result.push_back({std::abs(product) / (op.norm2(left[j].vector) * op.norm2(right[i].vector)), i, j});
      }
    }
  }
  std::sort(result.begin(), result.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(b.overlap, a.right, a.left) < std::tie(a.overlap, b.right, b.left);
  });
  return result;
}

/// Replaces the vectors u of one group of equal values by U(VᴴU)⁻¹, so that UᴴV = 1.
void biorthogonalise_group(const SpectrumOperator& op, std::vector<Pair>::iterator first,
                           std::vector<Pair>::iterator last) {
  const auto size = static_cast<Eigen::Index>(last - first);
  Eigen::MatrixXcd gram(size, size);
  for (Eigen::Index i = 0; i < size; ++i) {
    ComplexArray& u = (first + i)->left;
    u /= op.norm2(u);
    for (Eigen::Index j = 0; j < size; ++j) {
      const ComplexArray& v = (first + j)->vector;
      gram(j, i) = op.dot(v, u) / op.norm2(v);
    }
  }
  const Eigen::PartialPivLU<Eigen::MatrixXcd> lu(gram);
  if (!(lu.rcond() > defective)) {
    return;
  }
  const Eigen::MatrixXcd inverse = lu.inverse();
  const std::vector<Pair> old(first, last);
  for (Eigen::Index i = 0; i < size; ++i) {
    ComplexArray& u = (first + i)->left;
    u.setZero();
    for (Eigen::Index j = 0; j < size; ++j) {
      u += old[static_cast<std::size_t>(j)].left * inverse(j, i);
    }
  }
}

}  // namespace

void sort_pairs(std::vector<Pair>& pairs, double resolution) {
  const auto slower = [](const Pair& a, const Pair& b) { return a.value.real() > b.value.real(); };
  const auto calmer = [](const Pair& a, const Pair& b) { return a.value.imag() < b.value.imag(); };
  std::sort(pairs.begin(), pairs.end(), slower);
  for (auto first = pairs.begin(); first != pairs.end();) {
    auto last = first + 1;
    while (last != pairs.end() && (last - 1)->value.real() - last->value.real() <= resolution) {
      ++last;
    }
    std::stable_sort(first, last, calmer);
    first = last;
  }
}

void match_left(const SpectrumOperator& op, const std::vector<Pair>& transposed, double resolution,
                std::vector<Pair>& right) {
  std::vector<bool> given(right.size(), false);
  std::vector<bool> taken(transposed.size(), false);
  for (const Candidate& candidate : candidates(op, right, transposed, defective_split * resolution)) {
    if (!given[candidate.right] && !taken[candidate.left]) {
      right[candidate.right].left = transposed[candidate.left].vector.conjugate();
      given[candidate.right] = taken[candidate.left] = true;
    }
  }
}

void biorthogonalise(const SpectrumOperator& op, double distance, std::vector<Pair>& pairs) {
  for (auto first = pairs.begin(); first != pairs.end();) {
    auto last = first + 1;
    while (last != pairs.end() && std::abs(last->value - (last - 1)->value) <= distance) {
      ++last;
    }
    const bool matched = std::all_of(first, last, [&](const Pair& pair) { return std::isfinite(condition(op, pair)); });
    if (last - first > 1 && matched) {
      biorthogonalise_group(op, first, last);
    }
    first = last;
  }
}

}  // namespace sgdflux::solve
