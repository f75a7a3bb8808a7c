/// Eigenvalues of generators against closed forms, with errors that cover: docs/theory.md, sections 3 and 5.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/dynamics.hpp"

namespace sgdflux::test {
namespace {

using Complex = std::complex<double>;

/// Each eigenvalue that must be there is there once, to `tolerance` relative and within its error; nothing else is.
void expect_eigenvalues(const study::SpectrumAnswer& answer, const std::vector<Complex>& truth, double tolerance) {
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  ASSERT_EQ(answer.eigenvalues.size(), truth.size());
  std::vector<study::Eigenvalue> left = answer.eigenvalues;
  const double slowest = std::abs(truth[1]);
  for (const Complex& exact : truth) {
    const auto nearest = std::min_element(left.begin(), left.end(), [&](const auto& a, const auto& b) {
      return std::abs(a.value - exact) < std::abs(b.value - exact);
    });
    const double distance = std::abs(nearest->value - exact);
    EXPECT_LE(distance / std::max(std::abs(exact), slowest), tolerance) << exact << " found as " << nearest->value;
    EXPECT_LE(distance, nearest->error) << exact << " found as " << nearest->value;
    left.erase(nearest);
  }
}

/// Errors that cover should not do so by being useless.
void expect_errors_below(const study::SpectrumAnswer& answer, double bound) {
  for (const auto& eigenvalue : answer.eigenvalues) {
    EXPECT_LE(eigenvalue.error, bound) << eigenvalue.value;
  }
}

TEST(MomentumSpectrum, UnderdampedHasItsFifteenSlowestEigenvaluesTo1e7) {
  const Momentum mode = underdamped();
  const auto answer = spectrum_of(*mode.sde(), {"auto 96", "auto 96"}, 15);
  expect_eigenvalues(answer, mode.eigenvalues(15), 1e-7);
  expect_errors_below(answer, 1e-5);
  EXPECT_TRUE(answer.rejected.empty());
  for (const auto& eigenvalue : answer.eigenvalues) {
    EXPECT_LE(eigenvalue.dissipation, 1e-4) << eigenvalue.value;
  }
}

TEST(MomentumSpectrum, NineteenTimesMoreInertiaHidesNone) {
  Momentum mode = underdamped();
  mode.theory.beta = .99;
  const auto answer = spectrum_of(*mode.sde(), {"auto 96", "auto 96"}, 15);
  expect_eigenvalues(answer, mode.eigenvalues(15), 1e-7);
  expect_errors_below(answer, 1e-5);
}

TEST(MomentumSpectrum, OverdampedIsRealAndComplete) {
  const Momentum mode = overdamped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(96, 10), 15);
  for (const auto& e : answer.eigenvalues) std::fprintf(stderr, "%.17g %.17g err %g cond %g box %g diss %g\n", e.value.real(), e.value.imag(), e.error, e.condition, e.box_dependence, e.dissipation);
  for (const auto& e : answer.rejected) std::fprintf(stderr, "rejected %.17g %.17g %s\n", e.value.real(), e.value.imag(), e.reason.c_str());
  expect_eigenvalues(answer, mode.eigenvalues(15), 1e-7);
  EXPECT_TRUE(answer.oscillation.empty());
}

TEST(MomentumSpectrum, CriticallyDampedStillAnswersWithTheErrorOfADefectivePair) {
  const Momentum mode = critically_damped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(96, 9.5), 6);
  expect_eigenvalues(answer, mode.eigenvalues(6), 1e-2);
  for (std::size_t k = 1; k < answer.eigenvalues.size(); ++k) {
    const auto& e = answer.eigenvalues[k];
    std::fprintf(stderr, "%zu %.17g %.17g err %g cond %g box %g\n", k, e.value.real(), e.value.imag(), e.error, e.condition, e.box_dependence);
  }
}

TEST(MomentumSpectrum, WithoutDampingTheInventedEigenvalueIsRecognised) {
  const Momentum mode = underdamped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(96, 9), 20, {"order8", 0});
  std::fprintf(stderr, "%s\n", answer.reason.c_str());
  for (const auto& e : answer.eigenvalues) std::fprintf(stderr, "%.17g %.17g err %g cond %g box %g diss %g\n", e.value.real(), e.value.imag(), e.error, e.condition, e.box_dependence, e.dissipation);
  for (const auto& e : answer.rejected) std::fprintf(stderr, "rejected %.17g %.17g %s\n", e.value.real(), e.value.imag(), e.reason.c_str());
}

TEST(MomentumSpectrum, OfATightBoxIsNotBelieved) {
  const Momentum mode = overdamped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(96, 4), 15);
  std::fprintf(stderr, "%s\n", answer.reason.c_str());
  for (const auto& e : answer.eigenvalues) std::fprintf(stderr, "%.17g %.17g err %g cond %g box %g diss %g\n", e.value.real(), e.value.imag(), e.error, e.condition, e.box_dependence, e.dissipation);
  for (const auto& e : answer.rejected) std::fprintf(stderr, "rejected %.17g %.17g %s\n", e.value.real(), e.value.imag(), e.reason.c_str());
}

TEST(DoubleWellSpectrum, HasItsTwoSlowestEigenvaluesTo1e9) {
  const auto answer = spectrum_of(*double_well(), {"auto 400"}, 4);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  ASSERT_GE(answer.eigenvalues.size(), 3U);
  const double truth[] = {0, well_slowest, well_next};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto& found = answer.eigenvalues[k];
    EXPECT_LE(std::abs(found.value - truth[k]), 1e-9) << found.value;
    EXPECT_LE(std::abs(found.value - truth[k]), found.error) << found.value;
    EXPECT_LE(found.error, 1e-7);
  }
}

TEST(StuartLandau, OscillatesRobustlyWithItsFrequencyTo1e8) {
  const auto answer = spectrum_of(*stuart_landau(), {"auto 100", "auto 100"}, 8);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const Complex truth(-.048146069429, .698040133509);
  const auto& found = answer.eigenvalues[1];
  EXPECT_LE(std::abs(found.value - truth) / std::abs(truth), 1e-8) << found.value;
  EXPECT_LE(std::abs(found.value - truth), found.error);
  EXPECT_LE(found.error, 1e-6);
  EXPECT_EQ(answer.eigenvalues[2].value, std::conj(found.value));
  ASSERT_EQ(answer.oscillation.size(), 1U);
  EXPECT_NEAR(answer.oscillation[0].quality, 14.498, 5e-4);
  EXPECT_TRUE(answer.oscillation[0].robust) << answer.oscillation[0].why;
}

}  // namespace
}  // namespace sgdflux::test
