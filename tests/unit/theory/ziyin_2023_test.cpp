#include "sgdflux/theory/ziyin_2023.hpp"

#include <gtest/gtest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {
namespace {

using Quadrature = boost::math::quadrature::gauss_kronrod<double, 31>;

const DataMoments unit = DataMoments::linear_teacher(1, 1);

DiagonalNetwork network(int depth, double temperature, double width = 1) {
  return {unit, depth, width, temperature, 0, 1};
}

/// ∫ f over [lower, upper], adaptive: a rule that shares nothing with the one of the library.
template <class F>
double integral(const F& f, double lower, double upper, int pieces) {
  double total = 0;
  for (int k = 0; k < pieces; ++k) {
    const double step = (upper - lower) / pieces;
    total += Quadrature::integrate(f, lower + k * step, lower + (k + 1) * step, 12, 1e-13);
  }
  return total;
}

/// Random moments of real-looking data: those of the law of (x, y) on ten random points.
DataMoments random_moments(std::mt19937& random) {
  std::normal_distribution<double> normal;
  std::vector<double> xx(10);
  std::vector<double> xy(10);
  DataMoments m{0, 0, 0, 0, 0};
  for (std::size_t k = 0; k < 10; ++k) {
    const double x = normal(random);
    xx[k] = x * x;
    xy[k] = x * (x + 0.5 * normal(random));
    m.beta1 += xx[k] / 10;
    m.beta2 += xy[k] / 10;
  }
  for (std::size_t k = 0; k < 10; ++k) {
    m.alpha1 += std::pow(xx[k] - m.beta1, 2) / 10;
    m.alpha2 += (xx[k] - m.beta1) * (xy[k] - m.beta2) / 10;
    m.alpha3 += std::pow(xy[k] - m.beta2, 2) / 10;
  }
  return m;
}

/// Twice the zero-flux residual, over p: 2b/a − (ln a)' − (ln p)' of dx = b dt + √a dW; `h` is the step of the
/// fourth-order differences.
double zero_flux_residual(const DiagonalNetwork& n, const DiagonalNetworkLaw& law, double x) {
  const DataMoments m = n.sign < 0 ? n.moments.mirrored() : n.moments;
  const double layers = n.depth + 1;
  const auto coefficients = [&](double at) {
    const double v = n.depth == 0 ? at : std::exp(at);
    const double g = m.alpha1 * v * v - 2 * m.alpha2 * v + m.alpha3;
    const double f = m.beta1 * v - m.beta2;
    if (n.depth == 0) {
      return std::pair(-2 * (f + n.gamma * v), 4 * n.temperature * g);
    }
    const double r = std::pow(n.width, 2 / layers - 1) * std::pow(v, (n.depth - 1) / layers);
    return std::pair(-2 * layers * r * (f + r * n.temperature * g) - 2 * layers * n.gamma,
                     4 * layers * layers * r * r * n.temperature * g);
  };
  constexpr double h = 2e-4;
  const auto slope = [&](const auto& f) {
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
  };
  const auto [b, a] = coefficients(x);
  const double log_a = slope([&](double at) { return std::log(coefficients(at).second); });
  const double log_p = slope([&](double at) { return law.log_density(at); });
  return (2 * b / a - log_a - log_p) / (1 + std::abs(2 * b / a));
}

TEST(DiagonalNetwork, ReproducesTheTableOfDepthOne) {
  struct Row {
    double temperature, mean, variance, mode;
  };
  for (const Row& row :
       {Row{.01, .989585, .020623, .972121}, Row{.05, .937631, .119802, .886405}, Row{.1, .844936, .251273, .803214},
        Row{.15, .725873, .338611, .721325}, Row{.2, .580905, .372097, .571429}, Row{.25, .403721, .337010, 0},
        Row{.3, .182092, .194207, 0}, Row{.33, .019734, .024330, 0}}) {
    const DiagonalNetworkLaw law(network(1, row.temperature));
    EXPECT_NEAR(law.mean_v(), row.mean, 5.1e-7) << row.temperature;
    EXPECT_NEAR(law.variance_v(), row.variance, 5.1e-7) << row.temperature;
    EXPECT_EQ(law.mode_v().has_value(), row.mode > 0);
    EXPECT_NEAR(law.mode_v().value_or(0), row.mode, 5.1e-7) << row.temperature;
  }
}

TEST(DiagonalNetwork, ReproducesTheTablesOfOtherDepthsAndWidths) {
  struct Row {
    int depth;
    double temperature, width, mean, variance;
  };
  for (const Row& row : {Row{2, .1, 1, .71617, .22933}, Row{2, .2, 1, .46059, .23623}, Row{2, .5, 1, .13056, .09183},
                         Row{2, 1, 1, .03033, .02081}, Row{3, .1, 1, .61914, .20598}, Row{3, .2, 1, .36937, .17499},
                         Row{3, .5, 1, .11172, .06108}, Row{3, 1, 1, .03361, .01623}, Row{2, .2, 3, .60660, .24651},
                         Row{2, .2, 10, .73772, .22302}, Row{2, .2, 100, .89113, .13723}}) {
    const DiagonalNetworkLaw law(network(row.depth, row.temperature, row.width));
    EXPECT_NEAR(law.mean_v(), row.mean, 5.1e-6) << row.depth << ' ' << row.temperature;
    EXPECT_NEAR(law.variance_v(), row.variance, 5.1e-6) << row.depth << ' ' << row.temperature;
  }
}

TEST(DiagonalNetwork, DepthZeroHasVarianceTOverOneMinusTwoT) {
  for (const double t : {.01, .1, .3, .49}) {
    const DiagonalNetworkLaw law(network(0, t));
    EXPECT_NEAR(law.mean_v(), 1, 1e-15);
    EXPECT_NEAR(law.variance_v(), t / (1 - 2 * t), 1e-14);
  }
  EXPECT_TRUE(std::isinf(DiagonalNetworkLaw(network(0, .5)).variance_v()));
  EXPECT_NEAR(tail_exponent(network(0, .5)), -3, 1e-15);
}

TEST(DiagonalNetwork, DensityIntegratesToOneAndGivesItsMoments) {
  struct Case {
    int depth;
    double temperature, width, lower, upper;
    int pieces;
  };
  for (const Case& c : {Case{1, .2, 1, -300, 60, 200}, Case{1, .33, 1, -8000, 60, 900}, Case{2, .2, 1, -30, 60, 60},
                        Case{2, .5, 7, -30, 60, 60}, Case{3, .1, 1, -40, 60, 60}, Case{6, .1, 4, -60, 60, 60}}) {
    const DiagonalNetworkLaw law(network(c.depth, c.temperature, c.width));
    const auto p = [&](double s) { return std::exp(law.log_density(s)); };
    const double mean = law.mean_v();
    const double mean_s = law.mean_s();
    EXPECT_NEAR(integral(p, c.lower, c.upper, c.pieces), 1, 1e-12) << c.depth;
    EXPECT_NEAR(integral([&](double s) { return std::exp(s) * p(s); }, c.lower, c.upper, c.pieces) / mean, 1, 1e-11);
    EXPECT_NEAR(integral([&](double s) { return std::pow(std::exp(s) - mean, 2) * p(s); }, c.lower, c.upper, c.pieces) /
                    law.variance_v(),
                1, 1e-10);
    EXPECT_NEAR(integral([&](double s) { return s * p(s); }, c.lower, c.upper, c.pieces), mean_s,
                1e-9 * (1 + std::abs(mean_s)));
    EXPECT_NEAR(integral([&](double s) { return (s - mean_s) * (s - mean_s) * p(s); }, c.lower, c.upper, c.pieces) /
                    law.variance_s(),
                1, 1e-9);
    EXPECT_NEAR(integral([&](double s) { return (s - mean_s) * std::exp(s) * p(s); }, c.lower, c.upper, c.pieces),
                law.covariance_s_v(), 1e-9);
    EXPECT_NEAR(law.outside_mass(-1, .5), 1 - integral(p, -1, .5, 4), 1e-10);
  }
}

TEST(DiagonalNetwork, DepthZeroDensityIntegratesToOne) {
  for (const double t : {.01, .1, .4}) {
    const DiagonalNetworkLaw law(network(0, t));
    // v = sinh y covers the algebraic tail.
    const auto p = [&](double y) { return std::exp(law.log_density(std::sinh(y))) * std::cosh(y); };
    EXPECT_NEAR(integral(p, -40, 40, 400), 1, 1e-12) << t;
    EXPECT_NEAR(law.outside_mass(0, 2), 1 - integral(p, 0, std::asinh(2), 8), 1e-10) << t;
  }
}

TEST(DiagonalNetwork, FluxVanishesForRandomDataAndEveryDepth) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform;
  int checked = 0;
  for (int trial = 0; trial < 60; ++trial) {
    DiagonalNetwork n{random_moments(random), trial % 5, 1, 0.05 + 0.2 * uniform(random), 0, 1};
    n.gamma = n.depth < 2 ? 0.02 * uniform(random) : 0;
    n.width = n.depth == 0 ? 1 : 1 + std::floor(9 * uniform(random));
    if (n.depth > 0 && trial % 3 == 0) {
      n.sign = -1;
      n.moments = n.moments.mirrored();  // data with β₂ < 0 live on the branch v < 0
    }
    if (!DiagonalNetworkLaw::exists(n)) {
      continue;
    }
    const DiagonalNetworkLaw law(n);
    for (int point = 0; point < 5; ++point) {
      const double x = n.depth == 0 ? -1 + 4 * uniform(random) : -2 + 3.5 * uniform(random);
      EXPECT_NEAR(zero_flux_residual(n, law, x), 0, 1e-8) << "depth " << n.depth << " x " << x;
      ++checked;
    }
  }
  EXPECT_GT(checked, 150);
}

TEST(DiagonalNetwork, VariableAndVDensitiesDifferByTheJacobian) {
  DiagonalNetwork n = network(1, .2);
  n.moments = n.moments.mirrored();
  n.sign = -1;
  const DiagonalNetworkLaw law(n);
  EXPECT_NEAR(law.log_density_of_v(-.7), law.log_density(std::log(.7)) - std::log(.7), 1e-14);
  EXPECT_TRUE(std::isinf(law.log_density_of_v(.7)));
  EXPECT_NEAR(law.mean_v(), -.580905, 5.1e-7);
  EXPECT_NEAR(*law.mode_v(), -4.0 / 7, 1e-14);
  EXPECT_LT(law.covariance_s_v(), 0);
}

TEST(DiagonalNetwork, WorksWhereTheMassLeavesTheDoublesInV) {
  // p(s) ~ e^{cs} as s → −∞ with c = (T_c/T − 1)/2: close to T_c an exponential law of width 1/c, which at
  // T = .9999 T_c reaches far beyond s = −745, where e^s is no double.
  for (const double share : {.999, .9999, .999999}) {
    const DiagonalNetworkLaw law(network(1, share / 3));
    const double c = (1 / share - 1) / 2;
    EXPECT_NEAR(law.variance_s() * c * c, 1, 0.05) << share;
    EXPECT_NEAR(law.mean_s() * c, -1, 0.05) << share;
    EXPECT_NEAR(law.outside_mass(-20 / c, 1000) / std::exp(-20), 1, 0.05) << share;
    // d E[s]/dt = 0: E[β₁v − β₂ + Tg] = 0, a check of the first two moments of v.
    const double mean = law.mean_v();
    const double second = law.variance_v() + mean * mean;
    EXPECT_NEAR(mean - 1 + share / 3 * (2 * second - 4 * mean + 3), 0, 1e-13) << share;
  }
}

TEST(DiagonalNetwork, StationarityOfMeanLogHoldsAtEveryTemperature) {
  for (const double t : {1e-4, .003, .05, .2, .33}) {
    const DiagonalNetworkLaw law(network(1, t));
    const double mean = law.mean_v();
    const double second = law.variance_v() + mean * mean;
    EXPECT_NEAR(mean - 1 + t * (2 * second - 4 * mean + 3), 0, 2e-13) << t;
  }
}

TEST(DiagonalNetwork, ModesAreStationaryPointsOfTheDensity) {
  for (const DiagonalNetwork& n :
       {network(0, .1), network(1, .15), network(2, .3), network(2, .2, 10), network(4, .1)}) {
    const DiagonalNetworkLaw law(n);
    const double v = law.mode_v().value();
    EXPECT_GT(law.log_density_of_v(v), law.log_density_of_v(v * (1 + 1e-4)));
    EXPECT_GT(law.log_density_of_v(v), law.log_density_of_v(v * (1 - 1e-4)));
    if (n.depth > 0) {
      const double s = law.mode_s().value();
      EXPECT_GT(law.log_density(s), law.log_density(s + 1e-4));
      EXPECT_GT(law.log_density(s), law.log_density(s - 1e-4));
    }
  }
}

TEST(DiagonalNetwork, ExistsExactlyWhereTheTheorySaysSo) {
  EXPECT_TRUE(DiagonalNetworkLaw::exists(network(1, .333)));
  EXPECT_FALSE(DiagonalNetworkLaw::exists(network(1, .34)));
  EXPECT_FALSE(DiagonalNetworkLaw::exists(network(1, .5)));
  EXPECT_TRUE(DiagonalNetworkLaw::exists(network(2, 5)));
  EXPECT_TRUE(DiagonalNetworkLaw::exists(network(0, 5)));
  DiagonalNetwork n = network(1, .1);
  n.sign = -1;
  EXPECT_FALSE(DiagonalNetworkLaw::exists(n));
  EXPECT_THROW(DiagonalNetworkLaw{n}, core::SettingsError);
  n = network(2, .1);
  n.gamma = .05;
  EXPECT_FALSE(DiagonalNetworkLaw::exists(n));
  n = network(1, .1);
  n.gamma = .75;  // T_c = .25/3
  EXPECT_FALSE(DiagonalNetworkLaw::exists(n));
  n = network(1, .1);
  n.moments = DataMoments::linear_teacher(1, 0);  // noiseless: everything ends on v = k
  EXPECT_FALSE(DiagonalNetworkLaw::exists(n));
}

TEST(DiagonalNetwork, NoiseOfOneStrengthGivesGaussianAndGammaLaws) {
  // x = ±1: α₁ = α₂ = 0. D = 0 is Ornstein–Uhlenbeck with variance Tα₃/β₁, D = 1 a Gamma law in v with shape β₂/(2α₃T)
  // − ½ and scale 2Tα₃/β₁.
  DiagonalNetwork n{{1, 1, 0, 0, 1}, 0, 1, .1, 0, 1};
  const DiagonalNetworkLaw line(n);
  EXPECT_NEAR(line.variance_v(), .1, 1e-15);
  EXPECT_NEAR(line.log_density(1), -.5 * std::log(2 * std::acos(-1.0) * .1), 1e-13);
  EXPECT_NEAR(line.outside_mass(0, 1), .5 + .5 * std::erfc(1 / std::sqrt(.2)), 1e-10);
  n.depth = 1;
  const DiagonalNetworkLaw gamma(n);
  EXPECT_NEAR(gamma.mean_v(), 4.5 * .2, 1e-13);
  EXPECT_NEAR(gamma.variance_v(), 4.5 * .04, 1e-13);
  n.depth = 2;
  EXPECT_NEAR(zero_flux_residual(n, DiagonalNetworkLaw(n), -.3), 0, 1e-9);
}

TEST(DiagonalNetwork, CriticalTemperatures) {
  EXPECT_NEAR(critical_temperature(unit), 1.0 / 3, 1e-16);
  EXPECT_NEAR(critical_temperature(unit, .25), .25, 1e-16);
  EXPECT_NEAR(origin_temperature(unit), 1.0 / 9, 1e-16);
  EXPECT_NEAR(critical_temperature_second_order(unit), .25, 1e-16);
  for (const double sigma : {.9, 1.0, 1.5, 2.0}) {
    const double expected = (4 + std::sqrt(42.0) * sigma) / (4 * (21 * sigma * sigma - 8));
    EXPECT_NEAR(mode_vanishing_temperature(DataMoments::linear_teacher(1, sigma)).value(), expected, 1e-14) << sigma;
  }
  // Valid for .8239 ≤ σ/k ≤ √(14/3).
  EXPECT_FALSE(mode_vanishing_temperature(DataMoments::linear_teacher(1, .5)).has_value());
  EXPECT_FALSE(mode_vanishing_temperature(DataMoments::linear_teacher(1, .8238)).has_value());
  EXPECT_TRUE(mode_vanishing_temperature(DataMoments::linear_teacher(1, .8240)).has_value());
  EXPECT_TRUE(mode_vanishing_temperature(DataMoments::linear_teacher(1, 2.1602)).has_value());
  EXPECT_FALSE(mode_vanishing_temperature(DataMoments::linear_teacher(1, 2.1603)).has_value());
  EXPECT_FALSE(mode_vanishing_temperature(DataMoments::linear_teacher(1, 2.3)).has_value());
}

TEST(DiagonalNetwork, ModeVanishesAtTStarOrTcThirdOrTc) {
  const auto has_mode = [](double sigma, double temperature) {
    return shallow_mode(DataMoments::linear_teacher(1, sigma), temperature).has_value();
  };
  const double star = *mode_vanishing_temperature(unit);
  EXPECT_TRUE(has_mode(1, star * (1 - 1e-6)));
  EXPECT_FALSE(has_mode(1, star * (1 + 1e-6)));
  const double third = 1 / (3 * (2 + 2.3 * 2.3));
  EXPECT_TRUE(has_mode(2.3, third * (1 - 1e-6)));
  EXPECT_FALSE(has_mode(2.3, third * (1 + 1e-6)));
  const double critical = 1 / 2.25;
  EXPECT_TRUE(has_mode(.5, critical * (1 - 1e-6)));
  EXPECT_FALSE(has_mode(.5, critical));
}

TEST(DiagonalNetwork, TailExponents) {
  for (const int depth : {1, 2, 5}) {
    const DiagonalNetworkLaw law(network(depth, .2));
    const double slope = (law.log_density(40) - law.log_density(38)) / 2;
    EXPECT_NEAR(slope - 1, tail_exponent(network(depth, .2)), 1e-6) << depth;
  }
}

TEST(DiagonalNetwork, VarianceRisesAndFallsWithTemperature) {
  const auto variance = [](double share) { return DiagonalNetworkLaw(network(1, share / 3)).variance_v(); };
  EXPECT_LT(variance(.1), variance(.6));
  EXPECT_GT(variance(.6), variance(.95));
  EXPECT_LT(variance(.9999), 1e-3);
}

TEST(InfiniteDepth, IsTheLimitOfDeepNetworks) {
  const double ratio = 2;
  const double temperature = .3;
  const InfiniteDepthLaw limit(unit, ratio, temperature);
  double previous = 1;
  for (const int depth : {50, 100, 200}) {
    const DiagonalNetworkLaw law({unit, depth, ratio * depth, temperature, 0, 1});
    const double distance = std::abs(law.mean_v() - limit.mean_v());
    EXPECT_LT(distance, .8 * previous);
    previous = distance;
  }
  EXPECT_LT(previous, .02);
}

TEST(InfiniteDepth, FluxVanishesAndTheDensityIsNormalised) {
  const InfiniteDepthLaw law(unit, 2, .3);
  EXPECT_NEAR(integral([&](double s) { return std::exp(law.log_density(s)); }, -10, 60, 60), 1, 1e-12);
  for (const double s : {-1.0, -.3, .4}) {
    // d ln p/dv = −3/v − g'/g − (d/(DT)) f/(v²g), p the density of v.
    const double v = std::exp(s);
    const double g = 2 * v * v - 4 * v + 3;
    const double expected = -3 - v * (4 * v - 4) / g - 2 / .3 * (v - 1) / (v * g);
    const double h = 1e-4;
    EXPECT_NEAR((law.log_density(s + h) - law.log_density(s - h)) / (2 * h) - 1, expected, 1e-6);
  }
  EXPECT_THROW(InfiniteDepthLaw(unit, 2, 0), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::theory
