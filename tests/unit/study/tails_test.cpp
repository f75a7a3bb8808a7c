/// Exponents of tails from cell masses: powers are recognised and extended, faster decays are not taken for powers.
#include "study/tails.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "study/domain_profile.hpp"

namespace sgdflux::study {
namespace {

using Eigen::ArrayXd;

mesh::Axis sinh_axis(double reach, core::Index cells) {
  return mesh::Axis({"x", "sinh", {-reach, reach, 1, 0}, cells});
}

ArrayXd masses(const mesh::Axis& axis, const std::function<double(double)>& density) {
  const ArrayXd xi = ArrayXd::NullaryExpr(axis.cells(), [&](Eigen::Index i) { return axis.centre(i); });
  return axis.centres().unaryExpr(density) * axis.map().slope(xi) * axis.spacing();
}

TEST(PowerFit, FindsTheExponentWithinItsErrorAndWhatLiesBeyond) {
  for (const double k : {1.5, 2.5, 4., 7.}) {
    const double reach = std::pow(1e10, 1 / (k - 1)) < 1e6 ? std::pow(1e10, 1 / (k - 1)) : 1e6;
    const mesh::Axis axis = sinh_axis(reach, 96);
    const ArrayXd w = masses(axis, [k](double x) { return std::pow(1 + x * x, -k / 2); });
    for (const bool upper : {false, true}) {
      const PowerFit fit = fit_power(axis, w, upper);
      ASSERT_TRUE(fit.algebraic) << k;
      EXPECT_NEAR(fit.exponent, -k, fit.error) << k;
      EXPECT_LE(fit.error, .025 * k);
      EXPECT_NEAR(fit.beyond / (std::pow(reach, 1 - k) / (k - 1)), 1, .2) << k;
      EXPECT_GE(fit.beyond, .999 * std::pow(reach, 1 - k) / (k - 1)) << "the slowest decay within the error counts";
    }
  }
}

TEST(PowerFit, DoesNotTakeFasterDecaysForPowers) {
  const mesh::Axis axis = sinh_axis(1e3, 96);
  for (const auto& density : std::vector<std::function<double(double)>>{
           [](double x) { return std::exp(-x * x / 2); }, [](double x) { return std::exp(-std::sqrt(1 + x * x)); },
           [](double x) { return std::exp(-4 * std::pow(1 + x * x, .25)); }}) {
    EXPECT_FALSE(fit_power(axis, masses(axis, density), true).algebraic);
  }
  const mesh::Axis narrow({"x", "linear", {-7, 7}, 96});
  EXPECT_FALSE(fit_power(narrow, masses(narrow, [](double x) { return std::exp(-x * x / 2); }), true).algebraic);
}

TEST(Divergence, IsClaimedAboveMinusOneOnly) {
  const mesh::Axis axis = sinh_axis(1e4, 96);
  const auto words = [&](double k) {
    const PowerFit fit = fit_power(axis, masses(axis, [k](double x) { return std::pow(1 + x * x, -k / 2); }), true);
    return divergence(axis, fit, true);
  };
  EXPECT_EQ(words(1.3), "");
  EXPECT_EQ(words(.7).rfind("infinite: tail exponent -0.7", 0), 0U) << words(.7);
  EXPECT_EQ(words(1).rfind("infinite or nearly so", 0), 0U) << words(1);
}

Profile gaussians(double distance, double weight, double reach) {
  Profile profile;
  profile.position = ArrayXd::LinSpaced(200, -reach, distance + reach);
  const ArrayXd density =
      (-profile.position.square() / 2).exp() + weight * (-(profile.position - distance).square() / 2).exp();
  profile.depth = (density / density.maxCoeff(&profile.peak)).max(1e-16).log();
  return profile;
}

TEST(Flank, OfAGaussianEndsAtSevenStandardDeviations) {
  const Profile profile = gaussians(0, 0, 5);
  EXPECT_NEAR(flank(profile, 10, 24.5, true).end, 7, .1);
  EXPECT_NEAR(flank(profile, 10, 24.5, false).end, -7, .1);
  EXPECT_NEAR(flank(profile, 10, 24.5, true).power, 2, .1);
  EXPECT_NEAR(width_at(profile, .5), 2, .02);
}

TEST(Flank, BelongsToTheOutermostHillHoweverDeepTheValleyBeforeIt) {
  // The second hill is e^{−6} as high: e^{−24.5} of the first is 6.1 standard deviations from it.
  const Profile profile = gaussians(20, std::exp(-6.), 5.5);
  EXPECT_NEAR(flank(profile, 10, 24.5, true).end, 20 + std::sqrt(2 * 18.5), .3);
}

}  // namespace
}  // namespace sgdflux::study
