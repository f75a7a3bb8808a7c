#include <cmath>
#include <vector>

#include "model_test_tools.hpp"

namespace sgdflux::model {
namespace {

struct Case {
  std::vector<std::pair<std::string, std::string>> lines;
  double reach;  ///< points have coordinates up to this size
};

std::vector<Case> cases() {
  return {{{{"name", "diagonal-network"}}, 5},
          {{{"name", "diagonal-network"}, {"depth", "3"}, {"width", "4"}, {"sign", "-1"}, {"gamma", ".1"}}, 3},
          {{{"name", "diagonal-network"}, {"depth", "2"}, {"second_order", "1"}}, 3},
          {{{"name", "diagonal-network"}, {"alpha1", "0"}, {"alpha2", "0"}}, 3},
          {{{"name", "diagonal-network"}, {"depth", "0"}, {"second_order", "1"}, {"gamma", ".2"}}, 10},
          {{{"name", "balance-pair"}, {"gamma", ".1"}}, 2},
          {{{"name", "momentum-regression"}, {"rho", "1 3"}}, 10},
          {{{"name", "momentum-regression"}, {"rho", "1 3"}, {"noise_correlation", "-0.4"}}, 10},
          {{{"name", "momentum-regression"}}, 10},
          {{{"name", "ornstein-uhlenbeck"},
            {"drift_matrix", "1 .5; -.3 2"},
            {"noise_matrix", "1 .2 0; 0 .7 .1"},
            {"center", "1 -2"}},
           10},
          {{{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(1 + x^2)"}}, 3}};
}

std::unique_ptr<Sde> made(const Case& c) {
  core::Settings settings;
  for (const auto& [key, value] : c.lines) {
    settings.set("model." + key, value, "test");
  }
  return make(settings);
}

/// Terms of drifts cancel: differences are measured against a hundredth of the largest value at least.
TEST(Coefficients, AreThoseOfDriftAndNoiseFactorToRounding) {
  for (const Case& c : cases()) {
    const auto sde = made(c);
    const Batch x = c.reach * Batch::Random(37, sde->dimension());
    const Batch b = sde->drift(x);
    const Batch s = sde->noise_factor(x);
    Batch drift, noise;
    sde->coefficients(x, drift, noise);
    ASSERT_EQ(drift.rows(), 37);
    ASSERT_EQ(drift.cols(), b.cols());
    ASSERT_EQ(noise.cols(), s.cols());
    for (Eigen::Index d = 0; d < b.cols(); ++d) {
      const Eigen::ArrayXd scale = b.col(d).abs() + 1e-2 * b.col(d).abs().maxCoeff();
      EXPECT_LT(((drift.col(d) - b.col(d)).abs() / scale).maxCoeff(), 4e-15) << sde->name() << d;
    }
    EXPECT_LT(((noise - s).abs() / (s.abs() + 1e-300)).maxCoeff(), 4e-15) << sde->name();
  }
}

TEST(Coefficients, OfARowDoNotDependOnItsNeighbours) {
  for (const Case& c : cases()) {
    const auto sde = made(c);
    const Batch x = c.reach * Batch::Random(37, sde->dimension());
    Batch drift, noise, one_drift, one_noise;
    sde->coefficients(x, drift, noise);
    for (const Eigen::Index row : {0, 1, 8, 35, 36}) {
      sde->coefficients(x.row(row), one_drift, one_noise);
      EXPECT_TRUE((one_drift.row(0) == drift.row(row)).all()) << sde->name() << row;
      EXPECT_TRUE((one_noise.row(0) == noise.row(row)).all()) << sde->name() << row;
    }
  }
}

TEST(Coefficients, ThatAreNotFiniteStaySo) {
  const auto sde = make_from({{"name", "diagonal-network"}});
  Batch x(3, 1);
  x << std::nan(""), 400, -800;
  Batch drift, noise;
  sde->coefficients(x, drift, noise);
  EXPECT_TRUE(std::isnan(drift(0, 0)));
  EXPECT_FALSE(std::isfinite(drift(1, 0)));
  EXPECT_TRUE(std::isfinite(drift(2, 0)));
}

TEST(Growth, OfModelsIsDeclared) {
  EXPECT_EQ(make_from({{"name", "diagonal-network"}})->growth(), Growth::exponential);
  EXPECT_EQ(make_from({{"name", "diagonal-network"}, {"depth", "0"}})->growth(), Growth::linear);
  EXPECT_EQ(make_from({{"name", "momentum-regression"}})->growth(), Growth::linear);
}

}  // namespace
}  // namespace sgdflux::model
