#include "model/derivative.hpp"

#include <array>
#include <limits>

namespace sgdflux::model {
namespace {

using core::Batch;
using core::BatchView;
using Eigen::ArrayXd;

constexpr std::array<double, 4> order8 = {4. / 5, -1. / 5, 4. / 105, -1. / 280};
constexpr std::array<double, 4> order6 = {3. / 4, -3. / 20, 1. / 60, 0};

struct Difference {
  ArrayXd value;
  ArrayXd error;
};

/// Truncation (order 8 against order 6) and rounding both count: the first alone can be small by chance.
Difference central_difference(const core::Formula& f, Eigen::Index j, BatchView x, const ArrayXd& wanted_step) {
  const ArrayXd h = (x.col(j) + wanted_step) - x.col(j);  // a step that x + h represents exactly
  ArrayXd high = ArrayXd::Zero(x.rows());
  ArrayXd low = high;
  ArrayXd size = high;
  Batch shifted = x;
  for (std::size_t k = 0; k < order8.size(); ++k) {
    shifted.col(j) = x.col(j) + static_cast<double>(k + 1) * h;
    const ArrayXd right = f.evaluate(shifted);
    shifted.col(j) = x.col(j) - static_cast<double>(k + 1) * h;
    const ArrayXd left = f.evaluate(shifted);
    high += order8[k] * (right - left);
    low += order6[k] * (right - left);
    size = size.max(right.abs()).max(left.abs());
  }
  const double rounding = std::numeric_limits<double>::epsilon();
  return {high / h, (high - low).abs() / h + rounding * (size + (x.col(j) * high / h).abs()) / h};
}

}  // namespace

ArrayXd partial_derivative(const core::Formula& f, Eigen::Index j, BatchView x) {
  const ArrayXd scale = x.col(j).abs().max(1.0);
  ArrayXd best = ArrayXd::Constant(x.rows(), std::numeric_limits<double>::quiet_NaN());
  ArrayXd error = ArrayXd::Constant(x.rows(), std::numeric_limits<double>::infinity());
  // One width serves features from about 10 to 10^5 times its size, so steps of 100 between widths leave no gap.
  for (const double relative : {3e-2, 3e-4, 3e-6, 3e-8}) {
    const Difference d = central_difference(f, j, x, relative * scale);
    const Eigen::Array<bool, Eigen::Dynamic, 1> better = d.error < error;
    best = better.select(d.value, best);
    error = better.select(d.error, error);
  }
  return best;
}

}  // namespace sgdflux::model
