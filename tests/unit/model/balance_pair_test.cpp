#include <cmath>

#include "model_test_tools.hpp"

namespace sgdflux::model {
namespace {

/// In (u, w): du = −2wf dt − 2γu dt + 2w√(Tg) dW, dw = −2uf dt − 2γw dt + 2u√(Tg) dW. With s = ln u + ln w and
/// φ = ½(ln u − ln w), d ln u = (b_u/u − ½σ_u²/u²) dt + (σ_u/u) dW by Itô.
TEST(BalancePair, IsTheEquationOfTheWeightsByIto) {
  const auto sde = make_from({{"name", "balance-pair"},
                              {"T", "0.3"},
                              {"gamma", "0.2"},
                              {"alpha1", "1.7"},
                              {"alpha2", "0.9"},
                              {"alpha3", "2.3"},
                              {"beta1", "1.2"},
                              {"beta2", "0.8"}});
  const Batch x = 1.5 * Batch::Random(100, 2);
  const Eigen::ArrayXd u = (x.col(0) / 2 + x.col(1)).exp();
  const Eigen::ArrayXd w = (x.col(0) / 2 - x.col(1)).exp();
  const Eigen::ArrayXd v = u * w;
  const Eigen::ArrayXd f = 1.2 * v - 0.8;
  const Eigen::ArrayXd strength = (0.3 * (1.7 * v.square() - 1.8 * v + 2.3)).sqrt();
  const Eigen::ArrayXd noise_u = 2 * w * strength / u;
  const Eigen::ArrayXd noise_w = 2 * u * strength / w;
  const Eigen::ArrayXd log_u = -2 * w * f / u - 0.4 - noise_u.square() / 2;
  const Eigen::ArrayXd log_w = -2 * u * f / w - 0.4 - noise_w.square() / 2;
  const Batch b = sde->drift(x);
  const Batch s = sde->noise_factor(x);
  ASSERT_EQ(sde->noises(), 1);
  EXPECT_TRUE(b.col(0).isApprox(log_u + log_w, 1e-12));
  EXPECT_TRUE(b.col(1).isApprox((log_u - log_w) / 2, 1e-12));
  EXPECT_TRUE(s.col(0).isApprox(noise_u + noise_w, 1e-13));
  EXPECT_TRUE(s.col(1).isApprox((noise_u - noise_w) / 2, 1e-13));
  const Eigen::ArrayXd derived[] = {v, u, w, u.square() - w.square()};
  for (int k = 0; k < 4; ++k) {
    EXPECT_TRUE(sde->derive(k, x).isApprox(derived[k], 1e-13)) << sde->derived()[static_cast<std::size_t>(k)].name;
  }
  EXPECT_THROW(static_cast<void>(sde->derive(4, x)), core::InternalError);
}

/// Law of balance: d ln|u² − w²| = −4(Tg + γ) dt without noise. u² − w² = 2e^s sinh2φ.
TEST(BalancePair, ImbalanceDecaysWithoutNoise) {
  const auto sde = make_from({{"name", "balance-pair"}, {"T", "0.3"}, {"gamma", "0.2"}});
  const Batch x = (Batch(3, 2) << 0.1, 0.4, -1, 0.2, 0.5, -0.7).finished();
  const Batch b = sde->drift(x);
  const Batch a = sde->diffusion(x);
  const Batch s = sde->noise_factor(x);
  const Eigen::ArrayXd coth = 1 / (2 * x.col(1)).tanh();
  const Eigen::ArrayXd v = x.col(0).exp();
  // ln|u²−w²| = s + ln|2sinh2φ|: first derivatives (1, 2coth2φ), second −4/sinh²2φ in φ.
  const Eigen::ArrayXd drift = b.col(0) + 2 * coth * b.col(1) - 2 * a.col(2) / (2 * x.col(1)).sinh().square();
  EXPECT_TRUE(drift.isApprox(-4 * (0.3 * (2 * v.square() - 4 * v + 3) + 0.2), 1e-12));
  EXPECT_LT((s.col(0) + 2 * coth * s.col(1)).abs().maxCoeff(), 1e-13);
}

TEST(BalancePair, BalancedWeightsFollowTheOneDimensionalLaw) {
  const auto pair = make_from({{"name", "balance-pair"}, {"gamma", "0.1"}});
  const auto network = make_from({{"name", "diagonal-network"}, {"gamma", "0.1"}});
  Batch x = Batch::Random(10, 2);
  x.col(1) = 0;
  EXPECT_TRUE(pair->drift(x).col(0).isApprox(network->drift(x.leftCols(1)).col(0), 1e-13));
  EXPECT_TRUE(pair->noise_factor(x).col(0).isApprox(network->noise_factor(x.leftCols(1)).col(0), 1e-13));
  EXPECT_EQ(pair->drift(x).col(1).abs().maxCoeff(), 0);
}

TEST(BalancePair, SharesTheRulesOfTheMoments) {
  EXPECT_TRUE(has(refusal({{"name", "balance-pair"}, {"alpha3", "1"}}), "Delta"));
  EXPECT_TRUE(has(refusal({{"name", "balance-pair"}, {"depth", "2"}}), "unknown key 'depth'"));
}

}  // namespace
}  // namespace sgdflux::model
