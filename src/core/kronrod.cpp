#include "sgdflux/core/kronrod.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>

namespace sgdflux::core {
namespace {

KronrodRule make_rule() {
  using Kronrod = boost::math::quadrature::gauss_kronrod<double, 15>;
  using Gauss = boost::math::quadrature::gauss<double, 7>;
  KronrodRule rule;
  rule.coarse.setZero();
  for (std::size_t k = 0; k < 8; ++k) {
    const auto right = static_cast<Eigen::Index>(7 + k);
    const auto left = static_cast<Eigen::Index>(7 - k);
    rule.node[right] = Kronrod::abscissa()[k];
    rule.node[left] = -Kronrod::abscissa()[k];
    rule.weight[right] = rule.weight[left] = Kronrod::weights()[k];
    if (k % 2 == 0) {
      rule.coarse[right] = rule.coarse[left] = Gauss::weights()[k / 2];
    }
  }
  return rule;
}

}  // namespace

const KronrodRule& kronrod_rule() {
  static const KronrodRule rule = make_rule();
  return rule;
}

}  // namespace sgdflux::core
