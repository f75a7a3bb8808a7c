#include <Eigen/LU>
#include <cmath>

#include "model_test_tools.hpp"

namespace sgdflux::model {
namespace {

/// Matrix −A of a linear drift, by evaluation at unit vectors.
Eigen::MatrixXd jacobian(const Sde& sde) {
  const Eigen::Index n = sde.dimension();
  const Batch unit = Eigen::MatrixXd::Identity(n, n).array();
  return (sde.drift(unit).rowwise() - sde.drift(Batch::Zero(1, n)).row(0)).matrix().transpose();
}

Eigen::MatrixXd tensor(const Sde& sde) {
  const int n = sde.dimension();
  const Batch a = sde.diffusion(Batch::Zero(1, n));
  Eigen::MatrixXd full(n, n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      full(i, j) = a(0, pair_index(i, j, n));
    }
  }
  return full;
}

/// Kunin et al.: Cov θ = ησ²ρ/(2S(1−β)(ρ+λ)), Cov v = σ²ρ/(S(1−β²)), no cross term; A C + C Aᵀ = s sᵀ.
TEST(MomentumRegression, PublishedCovarianceSolvesItsLyapunovEquation) {
  const auto sde = make_from({{"name", "momentum-regression"},
                              {"eta", "0.2"},
                              {"beta", "0.7"},
                              {"batch", "8"},
                              {"weight_decay", "0.3"},
                              {"rho", "3 5"},
                              {"sigma2", "1.5"}});
  EXPECT_EQ(sde->variables(), (std::vector<std::string>{"theta1", "v1", "theta2", "v2"}));
  EXPECT_EQ(sde->noises(), 2);
  Eigen::Vector4d variances;
  for (int k = 0; k < 2; ++k) {
    const double rho = k == 0 ? 3 : 5;
    variances[2 * k] = 0.2 * 1.5 * rho / (2 * 8 * 0.3 * (rho + 0.3));
    variances[2 * k + 1] = 1.5 * rho / (8 * (1 - 0.49));
  }
  const Eigen::MatrixXd c = variances.asDiagonal();
  const Eigen::MatrixXd b = jacobian(*sde);
  EXPECT_LT((b * c + c * b.transpose() + tensor(*sde)).cwiseAbs().maxCoeff(), 1e-13);
  EXPECT_NEAR(b.determinant(), std::pow(2 / (0.2 * 1.7), 2) * 3.3 * 5.3, 1e-10);
}

/// Cov of the gradient noise σ²√(ρ_i ρ_j)·{1, c; c, 1}, times (2/(√(ηS)(1+β)))².
TEST(MomentumRegression, NoiseOfTwoModesMayBeCorrelated) {
  const auto noise = [](const std::string& c) {
    return tensor(*make_from({{"name", "momentum-regression"},
                              {"beta", "0.7"},
                              {"rho", "3 5"},
                              {"sigma2", "1.5"},
                              {"noise_correlation", c}}));
  };
  const double scale = 4 / (0.1 * 32 * 1.7 * 1.7) * 1.5;
  for (const char* c : {"-0.99", "0", "0.2"}) {
    Eigen::Matrix4d expected = Eigen::Vector4d(0, 3 * scale, 0, 5 * scale).asDiagonal();
    expected(1, 3) = expected(3, 1) = scale * std::stod(c) * std::sqrt(15);
    EXPECT_LT((noise(c) - expected).cwiseAbs().maxCoeff(), 1e-14) << c;
  }
}

TEST(MomentumRegression, OneModeHasPlainNames) {
  const auto sde = make_from({{"name", "momentum-regression"}});
  EXPECT_EQ(sde->variables(), (std::vector<std::string>{"theta", "v"}));
  const Batch b = sde->drift((Batch(1, 2) << 1, 2).finished());
  EXPECT_DOUBLE_EQ(b(0, 0), 2);
  EXPECT_NEAR(b(0, 1), -(2 / (0.1 * 1.9)) * (1 + 0.1 * 2), 1e-13);
  const Batch s = sde->noise_factor(Batch::Zero(1, 2));
  EXPECT_EQ(s(0, 0), 0);
  EXPECT_NEAR(s(0, 1), 2 / (std::sqrt(0.1 * 32) * 1.9), 1e-14);
}

TEST(MomentumRegression, RefusesWhatHasNoMeaning) {
  const std::pair<std::string, std::string> name = {"name", "momentum-regression"};
  EXPECT_TRUE(has(refusal({name, {"rho", "@spectrum.csv"}}), "only for the command `correlate`"));
  EXPECT_TRUE(has(refusal({name, {"rho", "1 2 3"}}), "3 modes"));
  EXPECT_TRUE(has(refusal({name, {"rho", "1 0"}}), "value > 0"));
  EXPECT_TRUE(has(refusal({name, {"beta", "1"}}), "0 ≤ value < 1"));
  EXPECT_TRUE(has(refusal({name, {"eta", "0"}}), "value > 0"));
  EXPECT_TRUE(has(refusal({name, {"batch", "-1"}}), "value > 0"));
  EXPECT_TRUE(has(refusal({name, {"rho", "1 2"}, {"noise_correlation", "1"}}), "-1 < value < 1"));
  EXPECT_TRUE(has(refusal({name, {"noise_correlation", "0.1"}}), "needs two modes"));
}

TEST(OrnsteinUhlenbeck, HasItsMatricesAndCentre) {
  const auto sde = make_from({{"name", "ornstein-uhlenbeck"},
                              {"parameters.k", "2"},
                              {"drift_matrix", "1 k 0; -1 3 0; 0 1 4"},
                              {"noise_matrix", "1 0; k 0.5; 0 3"},
                              {"center", "1 2 3"}});
  EXPECT_EQ(sde->variables(), (std::vector<std::string>{"x1", "x2", "x3"}));
  const Eigen::Matrix3d a = (Eigen::Matrix3d() << 1, 2, 0, -1, 3, 0, 0, 1, 4).finished();
  const Eigen::Matrix<double, 3, 2> s = (Eigen::Matrix<double, 3, 2>() << 1, 0, 2, 0.5, 0, 3).finished();
  const Batch x = Batch::Random(7, 3);
  const Batch b = sde->drift(x);
  for (Eigen::Index i = 0; i < 7; ++i) {
    const Eigen::Vector3d expected = -a * (x.row(i).matrix().transpose() - Eigen::Vector3d(1, 2, 3));
    EXPECT_TRUE(b.row(i).matrix().transpose().isApprox(expected, 1e-14));
  }
  const Batch noise = sde->noise_factor(x);
  ASSERT_EQ(noise.cols(), 6);
  for (int d = 0; d < 3; ++d) {
    for (int k = 0; k < 2; ++k) {
      EXPECT_EQ(noise(5, d * 2 + k), s(d, k));
    }
  }
  EXPECT_TRUE(tensor(*sde).isApprox(s * s.transpose(), 1e-14));
  EXPECT_EQ(sde->typical_point(), Eigen::Vector3d(1, 2, 3));
}

TEST(OrnsteinUhlenbeck, CentreIsZeroByDefault) {
  const auto sde =
      make_from({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 2"}, {"noise_matrix", "1 0; 0 1"}});
  EXPECT_EQ(sde->parameters().matrix("center"), Eigen::MatrixXd::Zero(1, 2));
  EXPECT_EQ(make_from({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}})->variables(),
            std::vector<std::string>{"x1"});
}

TEST(OrnsteinUhlenbeck, RefusesMatricesThatDoNotFit) {
  const std::pair<std::string, std::string> name = {"name", "ornstein-uhlenbeck"};
  EXPECT_TRUE(has(refusal({name}), "model.drift_matrix must be given"));
  EXPECT_TRUE(has(refusal({name, {"drift_matrix", "1 2"}, {"noise_matrix", "1"}}), "1 x 2"));
  EXPECT_TRUE(has(refusal({name, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1"}}), "drift_matrix needs 2"));
  EXPECT_TRUE(has(refusal({name, {"drift_matrix", "1"}, {"noise_matrix", "1"}, {"center", "1 2"}}), "2 numbers"));
  EXPECT_TRUE(has(refusal({name, {"drift_matrix", "1 0; 0"}, {"noise_matrix", "1"}}), "row 2"));
}

}  // namespace
}  // namespace sgdflux::model
