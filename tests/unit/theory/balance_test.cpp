#include "sgdflux/theory/balance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "unit/theory/make_model.hpp"

namespace sgdflux::theory {
namespace {

TEST(Balance, ItosFormulaForTheLogarithmOfTheImbalance) {
  const auto sde = make({{"name", "balance-pair"},
                         {"beta1", "1"},
                         {"beta2", "1.2"},
                         {"alpha1", "2"},
                         {"alpha2", "2.4"},
                         {"alpha3", "3.88"},
                         {"T", ".15"},
                         {"gamma", ".07"}});
  core::Batch x(4, 2);
  x << 0, .5, -1, -.2, .7, 1.1, -2, .05;
  // ln|u² − w²| = s + ln|2 sinh 2φ|: gradient (1, 2 coth 2φ), second derivative in φ −4/sinh² 2φ.
  const Eigen::ArrayXd cotangent = 1 / (2 * x.col(1)).tanh();
  const Eigen::ArrayXd bend = -4 / (2 * x.col(1)).sinh().square();
  const core::Batch b = sde->drift(x);
  const core::Batch s = sde->noise_factor(x);
  const Eigen::ArrayXd drift = b.col(0) + 2 * cotangent * b.col(1) + bend * sde->diffusion(x).col(2) / 2;
  EXPECT_LT((drift + 4 * imbalance_decay(*sde, x)).abs().maxCoeff(), 2e-13);
  EXPECT_LT((s.col(0) + 2 * cotangent * s.col(1)).abs().maxCoeff(), 2e-14);  // the noise drops out
}

TEST(Balance, OtherModelsAreRefused) {
  const auto sde = make({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-x"}, {"noise.x.1", "1"}});
  EXPECT_THROW(static_cast<void>(imbalance_decay(*sde, core::Batch::Zero(1, 1))), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::theory
