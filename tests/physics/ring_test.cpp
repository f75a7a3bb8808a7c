/// The tilted ring dx = (0.7 − sin x)dt + √2 dW: a constant current without detailed balance (Risken, ch. 11).
#include <gtest/gtest.h>

#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

constexpr double exact_current = .0797588551880543;

std::unique_ptr<model::Sde> ring() {
  return make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0.7 - sin(x)"}, {"noise.x.1", "sqrt(2)"}});
}

TEST(TiltedRing, NetCurrentOn256CellsIsExact) {
  const auto answer = study_of(*ring(), {"linear(0, 2*pi) 256 periodic"}, {"exact"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const core::Estimate& net = answer.current.quantities.at("net.x");
  EXPECT_NEAR(net.value.value(), exact_current, 1e-13);
  EXPECT_LE(std::abs(*net.value - exact_current), net.error.value());
  EXPECT_LE(answer.current.divergence, 1e-10);
  EXPECT_GT(answer.audit.min_density, 0);
}

TEST(TiltedRing, NetCurrentOfReconstructedFluxesIsExactToo) {
  const auto answer = study_of(*ring(), {"linear(0, 2*pi) 256 periodic"}, {"order8"});
  EXPECT_NEAR(answer.current.quantities.at("net.x").value.value(), exact_current, 1e-13);
}

TEST(TiltedRing, CurrentIsOpposedByTheMirroredTilt) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-0.7 - sin(x)"}, {"noise.x.1", "sqrt(2)"}});
  const auto answer = study_of(*sde, {"linear(-pi, pi) 256 periodic"}, {"exact"});
  EXPECT_NEAR(answer.current.quantities.at("net.x").value.value(), -exact_current, 1e-13);
}

}  // namespace
}  // namespace sgdflux::test
