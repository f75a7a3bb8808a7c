/// Relaxations with noise in every direction and a coupled, non-symmetric drift against their Gaussian law.
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>

#include "sgdflux/theory/ornstein_uhlenbeck.hpp"
#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

std::string rows(const Eigen::MatrixXd& matrix) {
  std::string text;
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      text += number(matrix(i, j)) + (j + 1 < matrix.cols() ? " " : i + 1 < matrix.rows() ? "; " : "");
    }
  }
  return text;
}

struct Relaxation {
  Eigen::MatrixXd drift;
  Eigen::MatrixXd noise;

  [[nodiscard]] theory::GaussianLaw law() const {
    return theory::GaussianLaw::stationary(drift, noise, Eigen::VectorXd::Zero(drift.rows()));
  }
  [[nodiscard]] study::StationaryAnswer answer(Index cells, double reach) const {
    const auto sde =
        make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", rows(drift)}, {"noise_matrix", rows(noise)}});
    std::vector<std::string> axes;
    for (Eigen::Index d = 0; d < drift.rows(); ++d) {
      axes.push_back(symmetric_axis(std::sqrt(law().covariance()(d, d)), reach, cells));
    }
    return study_of(*sde, axes, {"auto", -1, false});
  }
};

void expect_law(const Relaxation& relaxation, const study::StationaryAnswer& answer, double covariance, double l1) {
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const Eigen::MatrixXd exact = relaxation.law().covariance();
  for (Eigen::Index i = 0; i < exact.rows(); ++i) {
    for (Eigen::Index j = i; j < exact.rows(); ++j) {
      const std::string name = "cov.x" + std::to_string(i + 1) + ".x" + std::to_string(j + 1);
      EXPECT_NEAR(value(answer, name), exact(i, j), covariance * std::sqrt(exact(i, i) * exact(j, j))) << name;
    }
  }
  EXPECT_LE(answer.reference->l1.value(), l1);
  EXPECT_LE(answer.audit.mass_error, 1e-12);
}

TEST(Relaxation, OfTwoVariablesHasCovarianceCirculationAndEntropyProductionOfItsLaw) {
  // The example of the modified loss: A and D of docs/theory.md, κ = 2.
  const Relaxation r{Eigen::MatrixXd{{2.5, -1.5}, {-1.5, 2.5}}, Eigen::MatrixXd{{2, 0}, {0, 1}}};
  const auto answer = r.answer(64, 7);
  expect_law(r, answer, 1e-8, 1e-5);
  EXPECT_NEAR(answer.current.quantities.at("circulation.x1.x2").value.value(), r.law().circulation(0, 1), 1e-8);
  EXPECT_GT(r.law().circulation(0, 1), 0) << "counter-clockwise";
  EXPECT_NEAR(answer.current.quantities.at("entropy_production").value.value(), r.law().entropy_production().value(),
              1e-5);
  EXPECT_LE(answer.current.divergence, 1e-10);
}

TEST(Relaxation, OfThreeCoupledVariablesOn32CellsEach) {
  const Relaxation r{Eigen::MatrixXd{{1, -.6, .3}, {.8, 1.4, -.5}, {-.2, .7, 1.2}},
                     Eigen::MatrixXd{{1, 0, 0}, {.3, .9, 0}, {-.2, .1, 1.1}}};
  expect_law(r, r.answer(32, 7), 1e-7, 1e-3);
}

TEST(Relaxation, OfFourCoupledVariablesOn20CellsEach) {
  const Relaxation r{Eigen::MatrixXd{{1, -.5, 0, .2}, {.6, 1.2, -.3, 0}, {0, .4, 1.1, -.4}, {-.3, 0, .5, .9}},
                     Eigen::MatrixXd{{1, 0, 0, 0}, {0, .9, 0, 0}, {0, 0, 1.1, 0}, {0, 0, 0, .8}}};
  expect_law(r, r.answer(20, 6), 5e-5, 1e-2);
}

TEST(Relaxation, InModesReportsTheGivenVariablesWithErrorsThatCover) {
  const auto sde = make_model({{"name", "ornstein-uhlenbeck"},
                               {"drift_matrix", "2 1 0.3; -1 2 0.5; 0.2 -0.4 1.5"},
                               {"noise_matrix", "1 0 0; 0 1 0; 0.3 0 1"},
                               {"center", "1 2 3"},
                               {"coordinates", "modes"}});
  const auto answer = study_of(*sde, {"linear(-3, 3) 15", "linear(-4, 4) 15", "linear(-4.6, 4.6) 15"}, {"order8"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  ASSERT_TRUE(answer.reference);
  for (const char* name : {"mean.x1", "mean.x2", "mean.x3", "cov.x1.x1", "cov.x1.x2", "cov.x1.x3", "cov.x2.x3",
                           "cov.y1.x3", "cov.y2.y3"}) {
    expect_covered(answer, name, answer.reference->observables.at(name));
  }
  EXPECT_NEAR(value(answer, "cov.x1.x3"), 0.0432941853, 2e-4);
}

}  // namespace
}  // namespace sgdflux::test
