#pragma once
/// Families whose eigenvalues are known exactly.
#include <cmath>
#include <complex>

#include "continuing.hpp"
#include "sgdflux/continuation/tracking.hpp"
#include "sgdflux/theory/kunin_2021.hpp"

namespace sgdflux::test {

/// Probes that look for `count` eigenvalues, without estimates of errors.
inline continuation::Inquiry slowest(int count) {
  continuation::Inquiry inquiry;
  inquiry.stationary.estimate = false;
  inquiry.eigenvalues = count;
  return inquiry;
}

/// SGD with momentum, η = .1, S = 32.
inline continuation::Family momentum_family(const std::string& parameter, double beta, double rho, int cells = 48) {
  const std::string axis = "auto " + std::to_string(cells);
  return make_family({{"model.name", "momentum-regression"},
                      {"model.eta", "0.1"},
                      {"model.batch", "32"},
                      {"model.beta", number(beta)},
                      {"model.rho", number(rho)}},
                     parameter, {axis, axis});
}

/// (1 − β)²/(2η(1 + β)), η = .1.
inline double critical_rho(double beta) { return (1 - beta) * (1 - beta) / (.2 * (1 + beta)); }
/// The β < 1 at which `rho` is critical: β² − (2 + .2ρ)β + 1 − .2ρ = 0.
inline double critical_beta(double rho) {
  const double half = 1 + .1 * rho;
  return half - std::sqrt(half * half - 1 + .2 * rho);
}

/// −(n₊λ₊ + n₋λ₋). Underdamped −λ₋ has Im > 0.
inline std::complex<double> momentum_eigenvalue(double beta, double rho, int plus, int minus) {
  theory::MomentumRegression mode;
  mode.eta = .1;
  mode.beta = beta;
  return -static_cast<double>(plus) * mode.rate(rho, 1) - static_cast<double>(minus) * mode.rate(rho, -1);
}

/// (n₊, n₋) of the exact eigenvalue up to level 3 that is nearest to `value` at this β or ρ.
inline std::pair<int, int> nearest_label(std::complex<double> value, double at,
                                         const std::function<std::complex<double>(double, int, int)>& exact) {
  std::pair<int, int> best;
  for (int level = 0; level <= 3; ++level) {
    for (int plus = 0; plus <= level; ++plus) {
      if (std::abs(value - exact(at, plus, level - plus)) < std::abs(value - exact(at, best.first, best.second))) {
        best = {plus, level - plus};
      }
    }
  }
  return best;
}

/// Follows `most` eigenvalues besides the zero. Each branch must stay the exact one that it was where it appeared, and
/// those of levels 1 and 2 with n₊ ≤ 1 must always be there. Next to the threefold merging of level 2 what the grid
/// leaves out (1e−6) splits it by its cube root.
inline void expect_exact_labels(continuation::Tracker& tracker, const continuation::MakeProbe& make, int most,
                                const std::vector<double>& values,
                                const std::function<std::complex<double>(double, int, int)>& exact) {
  std::map<int, std::pair<int, int>> labels;
  for (const double value : values) {
    const auto probe = make(value, 1);
    int found = 0;
    for (const continuation::Tracked& one : tracker.follow(probe->spectrum(), most)) {
      labels.emplace(one.branch, nearest_label(one.eigenvalue.value, value, exact));
      const auto [plus, minus] = labels.at(one.branch);
      EXPECT_LT(std::abs(one.eigenvalue.value - exact(value, plus, minus)), plus + minus < 3 ? .01 : .5)
          << "branch " << one.branch << ", n = " << plus << ' ' << minus << ", at " << value;
      found += plus + minus > 0 && plus + minus < 3 && plus < 2 ? 1 : 0;
    }
    EXPECT_EQ(found, 4) << "at " << value;
  }
}

}  // namespace sgdflux::test
