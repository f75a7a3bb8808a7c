#include "sgdflux/data/estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::data {
namespace {

Table example_data(const std::string& name) {
  const auto root = std::filesystem::path(__FILE__).parent_path() / ".." / ".." / "..";
  return read_csv((root / "examples" / "data" / name).string());
}

std::vector<std::string> all_but(const Table& table, const std::string& y) {
  std::vector<std::string> names;
  for (const std::string& name : table.names) {
    if (name != y) {
      names.push_back(name);
    }
  }
  return names;
}

TEST(NetworkMoments, SmallTableByHand) {
  // x² = 1, 4, 9 and xy = 2, 2, 9: means 14/3, 13/3; population covariances 98/9, 91/9, 98/9.
  const auto moments = network_moments({1, 2, 3}, {2, 1, 3}, 10, 1);
  EXPECT_NEAR(*moments.at("beta1").value, 14.0 / 3, 1e-15);
  EXPECT_NEAR(*moments.at("beta2").value, 13.0 / 3, 1e-15);
  EXPECT_NEAR(*moments.at("alpha1").value, 98.0 / 9, 1e-14);
  EXPECT_NEAR(*moments.at("alpha2").value, 91.0 / 9, 1e-14);
  EXPECT_NEAR(*moments.at("alpha3").value, 98.0 / 9, 1e-14);
  EXPECT_NEAR(*moments.at("delta").value, (98.0 * 98 - 91.0 * 91) / 81, 1e-12);
  EXPECT_FALSE(moments.at("T_c").value.has_value()) << "every ninth resample has three equal rows: no standard error";
}

TEST(NetworkMoments, DiabetesAgreesWithNumpy) {
  // numpy: x, y standardised by mean and std; (x*x).mean(), (x*y).mean(), cov(x*x, x*y, bias=True).
  const Table table = example_data("diabetes.csv");
  const auto moments = network_moments(standardized("bmi", table.column("bmi")),
                                       standardized("progression", table.column("progression")), 200, 1);
  EXPECT_NEAR(*moments.at("beta1").value, 1, 1e-13);
  EXPECT_NEAR(*moments.at("beta2").value, 0.5864501344746884, 1e-13);
  EXPECT_NEAR(*moments.at("alpha1").value, 2.080478128668129, 1e-12);
  EXPECT_NEAR(*moments.at("alpha2").value, 1.1772973320056102, 1e-12);
  EXPECT_NEAR(*moments.at("alpha3").value, 1.210379465477692, 1e-12);
  EXPECT_NEAR(*moments.at("delta").value, 1.132138997367831, 1e-12);
  EXPECT_NEAR(*moments.at("T_c").value, 0.48451758411420026, 1e-13);
}

TEST(NetworkMoments, BootstrapErrorOfAMeanIsTheKnownOne) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  std::vector<double> x(2000);
  std::vector<double> y(2000);
  for (std::size_t row = 0; row < x.size(); ++row) {
    x[row] = normal(random);
    y[row] = x[row] + normal(random);
  }
  const auto moments = network_moments(x, y, 1000, 4);
  // The standard error of E[x²] is sqrt(Var[x²]/N); 1000 replicas know it to 1/sqrt(2000) = 2.2 %.
  EXPECT_NEAR(*moments.at("beta1").error, std::sqrt(*moments.at("alpha1").value / 2000), 0.1 * 0.0316);
  EXPECT_NEAR(*moments.at("beta2").error, std::sqrt(*moments.at("alpha3").value / 2000), 0.1 * 0.0387);
}

TEST(NetworkMoments, SeedsRepeatAndBadSizesAreErrors) {
  const std::vector<double> x{1, 2, 3, 4};
  const std::vector<double> y{1, 3, 2, 5};
  EXPECT_EQ(network_moments(x, y, 20, 7).at("alpha3").error, network_moments(x, y, 20, 7).at("alpha3").error);
  EXPECT_NE(network_moments(x, y, 20, 7).at("alpha3").error, network_moments(x, y, 20, 8).at("alpha3").error);
  EXPECT_THROW(static_cast<void>(network_moments(x, y, 1, 7)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(network_moments({1}, {1}, 20, 7)), core::SettingsError);
}

TEST(NetworkMoments, VanishingNoiseHasNoCriticalTemperature) {
  const auto moments = network_moments({1, -1, 1, -1}, {2, -2, 2, -2}, 20, 7);
  EXPECT_FALSE(moments.at("T_c").value.has_value());
  EXPECT_NE(moments.at("T_c").reason, "");
  EXPECT_EQ(*moments.at("delta").value, 0);
}

TEST(Regression, SmallTableByHand) {
  // XᵀX/3 = [[2/3, 1/3], [1/3, 2/3]], XᵀY/3 = (4/3, 5/3): w = (1, 2) fits y exactly.
  const Table table{"t", {"a", "b", "c", "y"}, {{1, 0, 1}, {0, 1, 1}, {5, 5, 5}, {1, 2, 3}}};
  const Regression result = regression(table, {"a", "c", "b"}, "y", false, 1, 10, 1);
  EXPECT_EQ(result.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result.dropped, (std::vector<std::string>{"c"}));
  EXPECT_NEAR(result.spectrum[0], 1, 1e-15);
  EXPECT_NEAR(result.spectrum[1], 1.0 / 3, 1e-15);
  EXPECT_NEAR(result.weights[0], 1, 1e-14);
  EXPECT_NEAR(result.weights[1], 2, 1e-14);
  EXPECT_NEAR(*result.sigma2.value, 0, 1e-28);
  EXPECT_FALSE(std::isnan(result.spectrum_error[0]));
  EXPECT_TRUE(std::isnan(result.spectrum_error[1]));
}

TEST(Regression, ResidualByHand) {
  // One column: w = Σxy/Σx² = 8/5, residuals −.6 and .3.
  const Table table{"t", {"x", "y"}, {{1, 2}, {1, 3.5}}};
  const Regression result = regression(table, {"x"}, "y", false, 1, 10, 1);
  EXPECT_NEAR(result.weights[0], 8.0 / 5, 1e-15);
  EXPECT_NEAR(*result.sigma2.value, (0.36 + 0.09) / 2, 1e-15);
}

TEST(Regression, DiabetesStandardisedAgreesWithNumpy) {
  const Table table = example_data("diabetes.csv");
  const Regression result = regression(table, all_but(table, "progression"), "progression", true, 3, 50, 1);
  EXPECT_TRUE(result.dropped.empty());
  EXPECT_NEAR(*result.sigma2.value, 0.48225157777965016, 1e-13);   // numpy.linalg.lstsq of standardised columns
  EXPECT_NEAR(result.spectrum.front(), 4.024210750152784, 1e-12);  // numpy.linalg.eigvalsh
  EXPECT_NEAR(result.spectrum.back(), 0.008560729827053769, 1e-13);
}

TEST(Regression, DigitsNamesConstantColumnsAndAgreesWithNumpy) {
  const Table table = example_data("digits.csv");
  const Regression result = regression(table, all_but(table, "digit"), "digit", false, 5, 200, 1);
  EXPECT_EQ(result.dropped, (std::vector<std::string>{"pixel_0_0", "pixel_4_0", "pixel_4_7"}));
  EXPECT_EQ(result.columns.size(), 61U);
  EXPECT_NEAR(result.spectrum[0], 2676.5567198603767, 1e-9);  // numpy.linalg.eigvalsh(X.T @ X/N)
  EXPECT_NEAR(result.spectrum[1], 178.90113482002712, 1e-10);
  EXPECT_NEAR(result.spectrum.back(), 0.00041206665720837767, 1e-11);
  EXPECT_NEAR(*result.sigma2.value, 3.410626278437063, 1e-11);  // numpy.linalg.lstsq
  EXPECT_NEAR(result.weights[0], 0.09690335676072803, 1e-10);
  // Resampling rows in numpy, 200 times: 13.7, 4.4, .125; a standard error from 200 replicas is known to 5 %.
  EXPECT_NEAR(result.spectrum_error[0], 13.7, 3.5);
  EXPECT_NEAR(result.spectrum_error[1], 4.4, 1.1);
  EXPECT_NEAR(*result.sigma2.error, 0.125, 0.03);
}

TEST(Regression, DigitsStandardisedResamplesTheWholeProcedure) {
  const Table table = example_data("digits.csv");
  const Regression result = regression(table, all_but(table, "digit"), "digit", true, 2, 200, 1);
  EXPECT_NEAR(result.spectrum[0], 7.340688819618292, 1e-12);
  EXPECT_NEAR(*result.sigma2.value, 0.40163939533837945, 1e-12);
  // numpy, standardising every resample anew: .161, .121, .0146.
  EXPECT_NEAR(result.spectrum_error[0], 0.161, 0.04);
  EXPECT_NEAR(result.spectrum_error[1], 0.121, 0.03);
  EXPECT_NEAR(*result.sigma2.error, 0.0146, 0.0035);
}

TEST(Regression, BadColumnsAreNamed) {
  const Table table{"t", {"a", "b", "y"}, {{1, 0, 1}, {5, 5, 5}, {1, 2, 3}}};
  EXPECT_THROW(static_cast<void>(regression(table, {"b"}, "y", false, 1, 10, 1)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(regression(table, {"a"}, "b", false, 1, 10, 1)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(regression(table, {"a", "y"}, "y", false, 1, 10, 1)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(regression(table, {"a", "a"}, "y", false, 1, 10, 1)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(regression(table, {"z"}, "y", false, 1, 10, 1)), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::data
