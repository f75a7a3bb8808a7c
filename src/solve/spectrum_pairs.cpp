#include "spectrum_pairs.hpp"

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

constexpr double soundest_gram = 1e-10;  ///< reciprocal condition number of UᵀV below which the projector is noise

}  // namespace

int members(const std::vector<Pair>& pairs) {
  int count = 0;
  for (const Pair& pair : pairs) {
    count += pair.value.imag() == 0 ? 1 : 2;
  }
  return count;
}

double condition(const SpectrumOperator& op, const Pair& pair) {
  const bool matched = la::maximum(op.comm(), static_cast<double>(pair.left.size())) > 0;
  return matched ? op.norm2(pair.left) * op.norm2(pair.vector) / std::abs(op.dot(pair.left, pair.vector))
                 : std::numeric_limits<double>::infinity();
}

Purge::Purge(const SpectrumOperator& op, Side side, const std::vector<Pair>& pairs)
    : comm_(op.comm()), span_(op.in_play().size(), members(pairs)), dual_(op.in_play().size(), members(pairs)) {
  Eigen::Index column = 0;
  for (const Pair& pair : pairs) {
    const Eigen::ArrayXcd& a = side == Side::right ? pair.vector : pair.left;
    const Eigen::ArrayXcd& b = side == Side::right ? pair.left : pair.vector;
    const double a_norm = op.norm2(a);
    const double b_norm = op.norm2(b);
    span_.col(column) = a.real() / a_norm;
    dual_.col(column++) = b.real() / b_norm;
    if (pair.value.imag() != 0) {
      span_.col(column) = a.imag() / a_norm;
      dual_.col(column++) = b.imag() / b_norm;
    }
  }
  if (column > 0) {
    Eigen::MatrixXd gram = span_.transpose() * dual_;
    Eigen::ArrayXd entries = gram.reshaped();
    la::sum(comm_, entries);
    gram.reshaped() = entries;
    const Eigen::PartialPivLU<Eigen::MatrixXd> lu(gram);
    dual_ = dual_ * lu.inverse();
    sound_ = lu.rcond() > soundest_gram && la::minimum(comm_, dual_.allFinite() ? 1 : 0) > 0;
  }
}

void Purge::apply(Eigen::ArrayXd& x) const {
  if (span_.cols() == 0) {
    return;
  }
  Eigen::ArrayXd parts = dual_.transpose() * x.matrix();
  la::sum(comm_, parts);
  x.matrix() -= span_ * parts.matrix();
}

}  // namespace sgdflux::solve
