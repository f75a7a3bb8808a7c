#include <cmath>

#include "model_test_tools.hpp"

namespace sgdflux::model {
namespace {

/// Published form in v > 0 (Ziyin, Li & Ueda): drift and noise factor; v < 0 by β₂ → −β₂, α₂ → −α₂.
struct Published {
  double depth, width, t, gamma, alpha1, alpha2, alpha3, beta1, beta2;
  double g(double v) const { return alpha1 * v * v - 2 * alpha2 * v + alpha3; }
  double common(double v) const {
    const double m = depth + 1;
    return 2 * m * std::pow(width, 2 / m - 1) * std::pow(v, 2 * depth / m);
  }
  double noise(double v) const { return common(v) * std::sqrt(t * g(v)); }
  double drift(double v) const {
    const double m = depth + 1;
    return -common(v) * (beta1 * v - beta2) +
           2 * depth * m * std::pow(width, 4 / m - 2) * std::pow(v, 3 - 4 / m) * t * g(v) - 2 * m * gamma * v;
  }
};

struct Case {
  int depth, width, sign;
  double gamma;
};

class DiagonalNetwork : public testing::TestWithParam<Case> {};

/// v = sign·e^s, so Itô gives drift of |v| = |v|(b_s + ½s_s²) and noise |v|·s_s.
TEST_P(DiagonalNetwork, LogarithmicFormIsThePublishedOneByIto) {
  const Case c = GetParam();
  const auto sde = make_from({{"name", "diagonal-network"},
                              {"depth", std::to_string(c.depth)},
                              {"width", std::to_string(c.width)},
                              {"sign", std::to_string(c.sign)},
                              {"gamma", std::to_string(c.gamma)},
                              {"T", "0.3"},
                              {"alpha1", "1.7"},
                              {"alpha2", "0.9"},
                              {"alpha3", "2.3"},
                              {"beta1", "1.2"},
                              {"beta2", "0.8"}});
  const Published p{double(c.depth), double(c.width), 0.3, c.gamma, 1.7, c.sign * 0.9, 2.3, 1.2, c.sign * 0.8};
  const Batch s = 3 * Batch::Random(50, 1);
  const Batch b = sde->drift(s);
  const Batch noise = sde->noise_factor(s);
  const Eigen::ArrayXd v = sde->derive(0, s);
  for (Eigen::Index i = 0; i < s.rows(); ++i) {
    const double size = std::exp(s(i, 0));
    EXPECT_NEAR(v[i], c.sign * size, 1e-14 * size);
    EXPECT_NEAR(size * noise(i, 0), p.noise(size), 1e-12 * p.noise(size));
    const double ito = size * (b(i, 0) + 0.5 * noise(i, 0) * noise(i, 0));
    const double scale = p.common(size) + size * noise(i, 0) * noise(i, 0) + std::abs(p.drift(size));
    EXPECT_NEAR(ito, p.drift(size), 1e-12 * scale);
  }
  EXPECT_TRUE(sde->diffusion(s).isApprox(noise.square(), 1e-14));
}

INSTANTIATE_TEST_SUITE_P(DepthsWidthsSigns, DiagonalNetwork,
                         testing::Values(Case{1, 1, 1, 0}, Case{1, 5, 1, 0.2}, Case{1, 1, -1, 0}, Case{2, 1, 1, 0},
                                         Case{2, 10, -1, 0.1}, Case{3, 3, 1, 0}, Case{7, 100, 1, 0.05}));

TEST(DiagonalNetwork, DepthOneIsThePublishedEquationInTheLogarithm) {
  const auto sde = make_from({{"name", "diagonal-network"}, {"width", "4"}, {"gamma", "0.1"}, {"T", "0.2"}});
  const Batch s = 2 * Batch::Random(20, 1);
  const Eigen::ArrayXd v = s.col(0).exp();
  const Eigen::ArrayXd g = 2 * v.square() - 4 * v + 3;
  EXPECT_TRUE(sde->drift(s).col(0).isApprox(-4 * (v - 1 + 0.2 * g + 0.1), 1e-13));
  EXPECT_TRUE(sde->noise_factor(s).col(0).isApprox(4 * (0.2 * g).sqrt(), 1e-13));
}

TEST(DiagonalNetwork, DepthZeroIsTheLinearNeuron) {
  const auto sde = make_from({{"name", "diagonal-network"}, {"depth", "0"}, {"T", "0.2"}, {"gamma", "0.5"}});
  EXPECT_EQ(sde->variables(), std::vector<std::string>{"v"});
  EXPECT_TRUE(sde->derived().empty());
  const Batch v = 3 * Batch::Random(20, 1);
  EXPECT_TRUE(sde->drift(v).isApprox(-2 * (1.5 * v - 1), 1e-14));
  EXPECT_TRUE(sde->diffusion(v).isApprox(0.8 * (2 * v.square() - 4 * v + 3), 1e-13));
  const auto second = make_from({{"name", "diagonal-network"}, {"depth", "0"}, {"T", "0.2"}, {"second_order", "1"}});
  EXPECT_TRUE(second->drift(v).isApprox(-2 * (v - 1) - 2 * 0.2 * (v - 1), 1e-14));
}

/// Published: ds gains −2mTr²f(mβ₁v + Df); at D = 1, dv gains −4Tvf(3β₁v − β₂).
TEST(DiagonalNetwork, SecondOrderCorrectionIsThePublishedOne) {
  const Batch s = Batch::Random(20, 1);
  const Eigen::ArrayXd v = s.col(0).exp();
  for (const int depth : {1, 2, 4}) {
    const std::string d = std::to_string(depth);
    const auto plain = make_from({{"name", "diagonal-network"}, {"depth", d}, {"width", "3"}});
    const auto second = make_from({{"name", "diagonal-network"}, {"depth", d}, {"width", "3"}, {"second_order", "1"}});
    const double m = depth + 1;
    const Eigen::ArrayXd r = std::pow(3, 2 / m - 1) * v.pow((depth - 1) / m);
    const Eigen::ArrayXd gain = -2 * m * 0.1 * r.square() * (v - 1) * (m * v + depth * (v - 1));
    EXPECT_TRUE((second->drift(s) - plain->drift(s)).col(0).isApprox(gain, 1e-12)) << depth;
    if (depth == 1) {
      EXPECT_TRUE(gain.isApprox(-4 * 0.1 * (v - 1) * (3 * v - 1), 1e-13));
    }
  }
}

/// One channel of m equal weights q, v = q^m: the correction is −d/dq of ¼T‖∇L‖² = ¼T·m·(2fq^D + 2γq)², divided by
/// the m weights that share it; ds = m dq/q.
TEST(DiagonalNetwork, SecondOrderCorrectionWithDecayIsTheGradientOfTheModifiedLoss) {
  const double gamma = 0.3;
  const double t = 0.1;
  for (const int depth : {1, 2, 3}) {
    const std::string d = std::to_string(depth);
    const auto plain = make_from({{"name", "diagonal-network"}, {"depth", d}, {"gamma", "0.3"}});
    const auto second =
        make_from({{"name", "diagonal-network"}, {"depth", d}, {"gamma", "0.3"}, {"second_order", "1"}});
    const double m = depth + 1;
    const auto penalty = [&](double q) {
      const double gradient = 2 * (std::pow(q, m) - 1) * std::pow(q, depth) + 2 * gamma * q;
      return 0.25 * t * m * gradient * gradient;
    };
    for (const double q : {0.3, 0.8, 1.4}) {
      const Batch s = Batch::Constant(1, 1, m * std::log(q));
      const double h = 1e-4;
      const double slope =
          (8 * (penalty(q + h) - penalty(q - h)) - (penalty(q + 2 * h) - penalty(q - 2 * h))) / (12 * h);
      EXPECT_NEAR((second->drift(s) - plain->drift(s))(0, 0), -slope / q, 1e-9) << depth << " " << q;
    }
  }
}

TEST(DiagonalNetwork, IsFiniteFarOut) {
  for (const char* depth : {"1", "2"}) {
    const auto sde = make_from({{"name", "diagonal-network"}, {"depth", depth}, {"second_order", "1"}});
    const Batch s = (Batch(4, 1) << -1e5, -800, 0, 200).finished();
    EXPECT_TRUE(sde->drift(s).allFinite()) << depth;
    EXPECT_TRUE(sde->noise_factor(s).allFinite()) << depth;
  }
  const auto sde = make_from({{"name", "diagonal-network"}});
  EXPECT_TRUE(sde->drift(Batch::Constant(1, 1, 300)).allFinite());
  EXPECT_EQ(sde->drift(Batch::Constant(1, 1, -1e5))(0, 0), -4 * (0.1 * 3 - 1));
}

TEST(DiagonalNetwork, NoiselessDataNeverGiveNan) {
  const auto sde = make_from(
      {{"name", "diagonal-network"}, {"parameters.k", "0.3"}, {"alpha2", "2*k"}, {"alpha3", "2*k^2"}, {"beta2", "k"}});
  const Batch s = (Eigen::ArrayXd::LinSpaced(1001, -1e-6, 1e-6) + std::log(0.3));
  EXPECT_TRUE(sde->noise_factor(s).allFinite());
  EXPECT_LT(sde->noise_factor(s).abs().minCoeff(), 1e-8);
}

TEST(DiagonalNetwork, TemperatureComesFromRateAndBatch) {
  const auto sde = make_from({{"name", "diagonal-network"}, {"eta", "0.1"}, {"batch", "4"}});
  EXPECT_DOUBLE_EQ(sde->parameters().real("T"), 0.025);
  EXPECT_DOUBLE_EQ(sde->parameters().scalars().at("T"), 0.025);
  const auto same = make_from({{"name", "diagonal-network"}, {"T", "0.025"}});
  const Batch s = Batch::Random(5, 1);
  EXPECT_TRUE(sde->drift(s).isApprox(same->drift(s), 1e-14));
}

TEST(DiagonalNetwork, RefusesWhatHasNoMeaning) {
  const std::pair<std::string, std::string> name = {"name", "diagonal-network"};
  EXPECT_TRUE(has(refusal({name, {"T", "0.1"}, {"eta", "0.1"}}), "either T or eta and batch"));
  EXPECT_TRUE(has(refusal({name, {"eta", "0.1"}}), "model.eta is given without model.batch"));
  EXPECT_TRUE(has(refusal({name, {"batch", "1"}}), "model.batch is given without model.eta"));
  EXPECT_TRUE(has(refusal({name, {"alpha3", "1.9"}}), "Delta = alpha1*alpha3 - alpha2^2 = -0.2"));
  EXPECT_TRUE(has(refusal({name, {"alpha1", "0"}}), "Delta"));
  EXPECT_TRUE(has(refusal({name, {"depth", "0"}, {"width", "2"}}), "at depth 0 the width is 1"));
  EXPECT_TRUE(has(refusal({name, {"depth", "0"}, {"sign", "-1"}}), "depth 0"));
  EXPECT_TRUE(has(refusal({name, {"sign", "0"}}), "+1 and -1"));
  EXPECT_TRUE(has(refusal({name, {"sign", "2"}}), "model.sign = 2"));
  EXPECT_TRUE(has(refusal({name, {"T", "0"}}), "allowed is value > 0"));
  EXPECT_TRUE(has(refusal({name, {"depth", "-1"}}), "an integer ≥ 0"));
  EXPECT_TRUE(has(refusal({name, {"gama", "1"}}), "did you mean 'gamma'?"));
}

}  // namespace
}  // namespace sgdflux::model
