#include "sgdflux/core/elementary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace sgdflux::core {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// |value − exact| in units of the spacing of doubles at `exact`.
double ulps(double value, long double exact) {
  const double size = std::abs(static_cast<double>(exact));
  return static_cast<double>(std::abs(value - exact)) / (std::nextafter(size, infinity) - size);
}

/// Largest error of `found` against `exact` over random arguments in [lower, upper].
template <class F, class G>
double worst(double lower, double upper, F found, G exact) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(lower, upper);
  double largest = 0;
  for (int i = 0; i < 200000; ++i) {
    const double x = uniform(random);
    largest = std::max(largest, ulps(found(x), exact(x)));
  }
  return largest;
}

/// sin(2πu + quarters·π/2) after exact reduction.
long double sine_of_turn(double u, int quarters) {
  const long double turns = 4.0L * u + quarters;
  const long double nearest = std::round(turns);
  const long double angle = (turns - nearest) * (std::numbers::pi_v<long double> / 2);
  const auto quarter = static_cast<int>(nearest - 4 * std::floor(nearest / 4));
  const long double value = quarter % 2 == 0 ? std::sin(angle) : std::cos(angle);
  return quarter >= 2 ? -value : value;
}

TEST(Elementary, ExponentialIsWithinTheStatedError) {
  const auto exact = [](double x) { return std::exp(static_cast<long double>(x)); };
  EXPECT_LT(worst(-1, 1, elementary::exp, exact), 1.2);
  EXPECT_LT(worst(-707, 709.7, elementary::exp, exact), 1.2);
}

TEST(Elementary, ExponentialAtTheEnds) {
  EXPECT_EQ(elementary::exp(0.0), 1.0);
  EXPECT_EQ(elementary::exp(infinity), infinity);
  EXPECT_EQ(elementary::exp(709.79), infinity);
  EXPECT_LT(elementary::exp(709.78), infinity);
  EXPECT_EQ(elementary::exp(1e300), infinity);
  EXPECT_EQ(elementary::exp(-infinity), 0.0);
  EXPECT_EQ(elementary::exp(-708.5), 0.0);
  EXPECT_EQ(elementary::exp(-1e300), 0.0);
  EXPECT_TRUE(std::isnan(elementary::exp(std::nan(""))));
}

TEST(Elementary, LogarithmIsWithinTheStatedError) {
  const auto exact = [](double x) { return std::log(static_cast<long double>(x)); };
  EXPECT_LT(worst(0, 1, elementary::log, exact), 2);
  EXPECT_LT(worst(0.9, 1.1, elementary::log, exact), 2);
  EXPECT_LT(worst(0, 1, elementary::log_normal, exact), 2);
  EXPECT_LT(worst(0, 1e300, elementary::log, exact), 2);
}

TEST(Elementary, LogarithmAtTheEnds) {
  EXPECT_EQ(elementary::log(1.0), 0.0);
  EXPECT_EQ(elementary::log(0.0), -infinity);
  EXPECT_EQ(elementary::log(-0.0), -infinity);
  EXPECT_EQ(elementary::log(infinity), infinity);
  EXPECT_TRUE(std::isnan(elementary::log(-1.0)));
  EXPECT_TRUE(std::isnan(elementary::log(std::nan(""))));
  EXPECT_LT(ulps(elementary::log(5e-324), std::log(static_cast<long double>(5e-324))), 2);
  EXPECT_LT(ulps(elementary::log(1e-310), std::log(static_cast<long double>(1e-310))), 2);
}

TEST(Elementary, SineAndCosineOfTurnsAreWithinTheStatedError) {
  for (const double reach : {1.0, 1e3}) {
    EXPECT_LT(worst(
                  -reach, reach, [](double u) { return elementary::sincos_turn(u).sine; },
                  [](double u) { return sine_of_turn(u, 0); }),
              1.7);
    EXPECT_LT(worst(
                  -reach, reach, [](double u) { return elementary::sincos_turn(u).cosine; },
                  [](double u) { return sine_of_turn(u, 1); }),
              1.7);
  }
  EXPECT_EQ(elementary::sincos_turn(0.25).cosine, 0.0);
  EXPECT_EQ(elementary::sincos_turn(0.5).sine, 0.0);
}

TEST(Elementary, HyperbolicFunctionsKeepTheirRelativeAccuracyNearZero) {
  const auto sinh = [](double x) { return elementary::hyperbolic(x).sinh; };
  const auto cosh = [](double x) { return elementary::hyperbolic(x).cosh; };
  const auto exact_sinh = [](double x) { return std::sinh(static_cast<long double>(x)); };
  const auto exact_cosh = [](double x) { return std::cosh(static_cast<long double>(x)); };
  for (const double reach : {1e-8, 0.01, 2.0, 700.0}) {
    EXPECT_LT(worst(-reach, reach, sinh, exact_sinh), 2) << reach;
    EXPECT_LT(worst(-reach, reach, cosh, exact_cosh), 2) << reach;
  }
  EXPECT_EQ(sinh(-infinity), -infinity);
  EXPECT_EQ(cosh(-infinity), infinity);
  EXPECT_TRUE(std::isnan(sinh(std::nan(""))));
}

}  // namespace
}  // namespace sgdflux::core
