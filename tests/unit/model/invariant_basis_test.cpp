#include "model/invariant_basis.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <random>

#include "model_test_tools.hpp"

namespace sgdflux::model {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd random_matrix(Index rows, Index cols, std::mt19937& random) {
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, cols, [&] { return normal(random); });
}

/// Two masses on springs, coupled by a third one: x = (θ₁, v₁, θ₂, v₂).
MatrixXd coupled_springs(double first, double second, double coupling, double friction) {
  MatrixXd a = MatrixXd::Zero(4, 4);
  a.row(0) << 0, -1, 0, 0;
  a.row(1) << first + coupling, friction, -coupling, 0;
  a.row(2) << 0, 0, 0, -1;
  a.row(3) << -coupling, 0, second + coupling, friction;
  return a;
}

/// Largest entry of B⁻¹AB that couples a pair to another.
double across(const MatrixXd& a, const MatrixXd& basis) {
  const MatrixXd inner = basis.inverse() * a * basis;
  double largest = 0;
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j < a.cols(); ++j) {
      largest = i / 2 == j / 2 ? largest : std::max(largest, std::abs(inner(i, j)));
    }
  }
  return largest;
}

TEST(InvariantBasis, DecouplesPairsOfRandomDriftsAndTheNoiseWithinThem) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 50; ++trial) {
    const Index n = 3 + trial % 2;
    const MatrixXd a = random_matrix(n, n, random);
    const MatrixXd s = random_matrix(n, n, random);
    const MatrixXd basis = invariant_basis(a, s);
    EXPECT_LT(across(a, basis), 1e-11 * a.norm()) << a;
    const MatrixXd noise = basis.inverse() * s;
    const MatrixXd tensor = noise * noise.transpose();
    for (Index k = 0; k + 1 < n; k += 2) {
      EXPECT_LT(std::abs(tensor(k, k + 1)), 1e-11 * tensor(k + 1, k + 1));
      EXPECT_LE(tensor(k, k), tensor(k + 1, k + 1));
      EXPECT_NEAR(basis.col(k).dot(basis.col(k + 1)), 0, 1e-12);
    }
  }
}

TEST(InvariantBasis, OfCoupledSpringsArePositionAndVelocityOfNormalModes) {
  MatrixXd s = MatrixXd::Zero(4, 2);
  s(1, 0) = s(3, 1) = 1;
  for (const double friction :
       {.1, 3.}) {  // under- and overdamped: four real rates, of which those of a mode belong together
    const MatrixXd a = coupled_springs(2, 2, 1, friction);
    const MatrixXd basis = invariant_basis(a, s);
    const double h = std::sqrt(.5);
    MatrixXd expected(4, 4);  // the sum is slower than the difference
    expected << h, 0, h, 0, 0, h, 0, h, h, 0, -h, 0, 0, h, 0, -h;
    EXPECT_LT((basis.cwiseAbs() - expected.cwiseAbs()).norm(), 1e-12) << basis;
    const MatrixXd inner = without_rounding(basis.inverse() * a * basis);
    EXPECT_EQ(inner(0, 0), 0) << "a position moves with its velocity only";
    EXPECT_EQ(without_rounding(basis.inverse() * s).row(0).norm(), 0) << "and has no noise";
  }
}

TEST(InvariantBasis, KeepsPlanesThatDoNotInteractAlthoughTheirRatesAreTheSame) {
  const MatrixXd a = coupled_springs(2, 2, 0, .1);
  const MatrixXd basis = invariant_basis(a, MatrixXd::Identity(4, 4));
  EXPECT_EQ((basis - MatrixXd::Identity(4, 4)).norm(), 0);
}

TEST(InvariantBasis, ServesCriticalDampingWithinAPair) {
  const MatrixXd a = coupled_springs(1, 1, 1.5, 2);  // ω² = 1 = (γ/2)² of the sum: one eigenvector only
  EXPECT_LT(across(a, invariant_basis(a, MatrixXd::Identity(4, 4))), 1e-7);
}

TEST(InvariantBasis, RefusesChainsThatNoPairsCut) {
  MatrixXd a = MatrixXd::Identity(4, 4);
  a(0, 1) = a(1, 2) = a(2, 3) = 1;
  EXPECT_THROW(static_cast<void>(invariant_basis(a, MatrixXd::Identity(4, 4))), core::SettingsError);
}

TEST(OrnsteinUhlenbeck, InModesIsTheSameProcessInOtherCoordinates) {
  const Lines given = {{"name", "ornstein-uhlenbeck"},
                       {"drift_matrix", "0 -1 0 0; 3 0.5 -1 0; 0 0 0 -1; -1 0 4 0.5"},
                       {"noise_matrix", "0 0; 1 0; 0 0; 0.2 1.3"},
                       {"center", "1 2 3 4"}};
  const Lines modes = {{"name", "ornstein-uhlenbeck"},
                       {"drift_matrix", "0 -1 0 0; 3 0.5 -1 0; 0 0 0 -1; -1 0 4 0.5"},
                       {"noise_matrix", "0 0; 1 0; 0 0; 0.2 1.3"},
                       {"center", "1 2 3 4"},
                       {"coordinates", "modes"}};
  const auto x = make_from(given);
  const auto y = make_from(modes);
  EXPECT_EQ(y->variables(), (std::vector<std::string>{"y1", "y2", "y3", "y4"}));
  ASSERT_EQ(y->derived().size(), 4U);
  EXPECT_EQ(y->derived()[2].name, "x3");
  EXPECT_EQ(y->remarks().size(), 1U);
  const Batch at = Batch::Random(5, 4);
  const auto to_x = [&](const Batch& points) {
    Batch result(points.rows(), 4);
    for (int d = 0; d < 4; ++d) {
      result.col(d) = y->derive(d, points);
    }
    return result;
  };
  const Batch origin = to_x(Batch::Zero(1, 4));
  EXPECT_LT((origin - (Batch(1, 4) << 1, 2, 3, 4).finished()).abs().maxCoeff(), 1e-15);
  const MatrixXd basis = (to_x(MatrixXd::Identity(4, 4).array()).rowwise() - origin.row(0)).matrix().transpose();
  const MatrixXd drift = y->drift(at).matrix() * basis.transpose();
  EXPECT_LT((x->drift(to_x(at)).matrix() - drift).norm(), 1e-12);
  const auto factor = [](const Sde& sde) {
    return MatrixXd(sde.noise_factor(Batch::Zero(1, 4)).matrix().reshaped(sde.noises(), 4).transpose());
  };
  EXPECT_LT((basis * factor(*y) - factor(*x)).norm(), 1e-13);
  const MatrixXd inner = -y->drift(MatrixXd::Identity(4, 4).array()).matrix().transpose();
  EXPECT_EQ(inner.topRightCorner(2, 2).norm() + inner.bottomLeftCorner(2, 2).norm(), 0);
}

TEST(OrnsteinUhlenbeck, KnowsTwoKindsOfCoordinates) {
  EXPECT_TRUE(has(
      refusal({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}, {"coordinates", "mode"}}),
      "modes"));
}

}  // namespace
}  // namespace sgdflux::model
