/// Orders in one variable, on uniform and mapped axes, and of the cell sums over the exact nodes.
#include <gtest/gtest.h>

#include <cmath>

#include "support/solving.hpp"

namespace sgdflux::test {
namespace {

/// dx = (1 − x)dt + √.5·x dW: inverse gamma with shape 1 + 2/.5 = 5 and scale 2/.5 = 4; mean 1, variance 1/3.
std::unique_ptr<model::Sde> growth() {
  return make_model({{"name", "formula"},
                     {"variables", "x"},
                     {"domain.x", "0 inf"},
                     {"drift.x", "1 - x"},
                     {"noise.x.1", "sqrt(0.5)*x"}});
}
Eigen::ArrayXd log_density(const Eigen::ArrayXd& x) { return 5 * std::log(4.) - std::lgamma(5.) - 6 * x.log() - 4 / x; }

Convergence errors(const std::string& axis, fv::Flux flux, const std::vector<Index>& cells) {
  const auto sde = growth();
  return measure(cells, [&](Index n) {
    const Solved answer = solved(*sde, {axis + " " + std::to_string(n)}, {flux, 0});
    EXPECT_TRUE(answer.result.converged) << answer.result.reason;
    return answer.distance(log_density(answer.points.col(0)));
  });
}

TEST(OneVariable, ReconstructedFluxesHaveTheirOrderOnALogAxis) {
  for (const fv::Flux flux : {fv::Flux::order2, fv::Flux::order4, fv::Flux::order6, fv::Flux::order8}) {
    const Convergence family = errors("log(0.1, 3000)", flux, {80, 120, 180, 270});
    EXPECT_GE(family.order(), fv::order(flux) - .5) << fv::to_string(flux) << ' ' << family.text();
    EXPECT_LE(family.errors.back(), flux == fv::Flux::order2 ? 1e-2 : 1e-4) << family.text();
  }
}

TEST(OneVariable, ReconstructedFluxesHaveTheirOrderOnASinhAxis) {
  for (const fv::Flux flux : {fv::Flux::order2, fv::Flux::order4, fv::Flux::order6, fv::Flux::order8}) {
    const Convergence family = errors("sinh(0.08, 2000, 0.3, 0.4)", flux, {160, 240, 360, 540});
    EXPECT_GE(family.order(), fv::order(flux) - .5) << fv::to_string(flux) << ' ' << family.text();
  }
}

TEST(OneVariable, ExactFluxIsExactToTenDigitsOnFewCells) {
  const Convergence family = errors("log(0.1, 3000)", fv::Flux::exact, {80, 120});
  EXPECT_LE(family.errors.front(), 1e-10) << family.text();
}

TEST(OneVariable, CellSumsOverExactNodesAreOfSecondOrderBetweenWalls) {
  // p ∝ e^{x − x²/2} on [0, 2]: the density is not small at the walls, so the sums are midpoint sums.
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "1 - x"}, {"noise.x.1", "sqrt(2)"}});
  const double norm = std::sqrt(2 * M_PI) * std::erf(1 / std::sqrt(2.));
  const double variance = 1 - 2 * std::exp(-.5) / norm;
  for (const fv::Flux flux : {fv::Flux::exact, fv::Flux::monotone, fv::Flux::order2}) {
    const Convergence family = measure({10, 20, 40, 80}, [&](Index n) {
      const Solved answer = solved(*sde, {"linear(0, 2) " + std::to_string(n) + " reflecting"}, {flux, 0});
      return std::abs(answer.mean((answer.points.col(0) - 1).square()) - variance);
    });
    EXPECT_NEAR(family.order(), 2, .1) << fv::to_string(flux) << ' ' << family.text();
    EXPECT_LE(family.errors.back(), 3e-4);
  }
}

TEST(OneVariable, PeriodicCurrentsConvergeWithTheOrderOfTheFlux) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0.7 - sin(x)"}, {"noise.x.1", "sqrt(2)"}});
  for (const fv::Flux flux : {fv::Flux::order2, fv::Flux::order4, fv::Flux::order6, fv::Flux::order8}) {
    const Convergence family = measure({12, 18, 24, 32}, [&](Index n) {
      const Solved answer = solved(*sde, {"linear(0, 2*pi) " + std::to_string(n) + " periodic"}, {flux, 0});
      // ∫ b p dx over the ring is 2π times the current.
      return std::abs(answer.mean(sde->drift(answer.points).col(0)) / (2 * M_PI) - .0797588551880543);
    });
    EXPECT_GE(family.order(), fv::order(flux) - .5) << fv::to_string(flux) << ' ' << family.text();
  }
}

}  // namespace
}  // namespace sgdflux::test
