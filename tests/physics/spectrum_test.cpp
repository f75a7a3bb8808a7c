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
  expect_errors_below(answer, 1e-6);
  EXPECT_TRUE(answer.rejected.empty());
  for (const auto& eigenvalue : answer.eigenvalues) {
    EXPECT_LE(eigenvalue.dissipation, 1e-12) << eigenvalue.value;
  }
}

TEST(MomentumSpectrum, NineteenTimesMoreInertiaHidesNone) {
  Momentum mode = underdamped();
  mode.theory.beta = .99;
  const auto answer = spectrum_of(*mode.sde(), {"auto 96", "auto 96"}, 15);
  expect_eigenvalues(answer, mode.eigenvalues(15), 1e-7);
  expect_errors_below(answer, 1e-6);
}

TEST(MomentumSpectrum, OverdampedIsRealAndComplete) {
  const Momentum mode = overdamped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(96, 10), 15);
  expect_eigenvalues(answer, mode.eigenvalues(15), 1e-7);
  EXPECT_TRUE(answer.oscillation.empty());
  for (const auto& rejected : answer.rejected) {
    EXPECT_TRUE(has(rejected.reason, "sawtooth")) << rejected.value << ' ' << rejected.reason;
  }
}

TEST(MomentumSpectrum, CriticallyDampedStillAnswersWithTheErrorOfADefectivePair) {
  const Momentum mode = critically_damped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(80, 9.5), 4);
  ASSERT_GE(answer.eigenvalues.size(), 4U) << answer.reason;
  const double friction = mode.theory.friction();
  for (std::size_t k = 1; k < answer.eigenvalues.size(); ++k) {
    // All multiples of the friction, each as often as it can be told from its copies.
    const auto& found = answer.eigenvalues[k];
    const double distance = std::abs(found.value + friction * std::round(-found.value.real() / friction));
    EXPECT_LE(distance, found.error) << found.value;
    EXPECT_LE(found.error, .1) << found.value;
    EXPECT_GE(found.error, 1e-7) << found.value;
    EXPECT_GE(found.condition, 1e6) << found.value;
  }
  EXPECT_LE(answer.eigenvalues[0].error, 1e-9);
}

TEST(MomentumSpectrum, WithoutDampingTheInventedEigenvalueIsRecognised) {
  const Momentum mode = underdamped();
  const double friction = mode.theory.friction();
  const double frequency = mode.theory.natural_frequency(mode.rho);
  // The sawtooth of central differences of order 8 moves backwards at 2.657 times the speed: docs/numerics.md.
  const double invented = friction - std::sqrt(friction * friction + 2.657 * frequency * frequency);
  EXPECT_NEAR(invented, -4.788, 1e-3);
  const auto sde = mode.sde();
  auto options = options_on<study::SpectrumOptions>(*sde, mode.axes(64, 7), {"order8", 0});
  options.count = 2;
  options.nearest = true;
  options.target = invented;
  const auto answer = study::spectrum(MPI_COMM_SELF, *sde, options);
  const auto recognised = std::count_if(answer.rejected.begin(), answer.rejected.end(), [&](const auto& rejected) {
    return std::abs(rejected.value - invented) < 1e-2 && has(rejected.reason, "sawtooth");
  });
  EXPECT_EQ(recognised, 1);
  for (const auto& eigenvalue : answer.eigenvalues) {
    EXPECT_GT(std::abs(eigenvalue.value - invented), .1) << eigenvalue.value;
  }
  expect_eigenvalues(spectrum_of(*sde, mode.axes(64, 9), 10, {"order8", 0}), mode.eigenvalues(10), 1e-9);
}

TEST(MomentumSpectrum, ErrorsCoverWhatATightBoxCutsOff) {
  const Momentum mode = overdamped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(64, 5), 6);
  ASSERT_EQ(answer.eigenvalues.size(), 6U) << answer.reason;
  const auto truth = mode.eigenvalues(6);
  for (std::size_t k = 1; k < 6; ++k) {
    const auto& found = answer.eigenvalues[k];
    EXPECT_GE(std::abs(found.value - truth[k]), 1e-5) << "or the box is not tight";
    EXPECT_LE(std::abs(found.value - truth[k]), found.error) << found.value;
    EXPECT_LE(found.error, .1) << found.value;
    EXPECT_GE(found.box_dependence, .9 * found.error) << found.value;
  }
}

TEST(MomentumSpectrum, ModesOfTheBoxAreNotBelieved) {
  const Momentum mode = overdamped();
  const auto answer = spectrum_of(*mode.sde(), mode.axes(64, 3), 12);
  const auto boxed = std::count_if(answer.rejected.begin(), answer.rejected.end(),
                                   [](const auto& rejected) { return has(rejected.reason, "depends on the box"); });
  EXPECT_GE(boxed, 3);
}

TEST(DoubleWellSpectrum, HasItsTwoSlowestEigenvaluesTo1e9) {
  const auto answer = spectrum_of(*double_well(), {"auto 400"}, 4);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  ASSERT_GE(answer.eigenvalues.size(), 3U);
  const double truth[] = {0, well_slowest, well_next};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto& found = answer.eigenvalues[k];
    EXPECT_LE(std::abs(found.value - truth[k]), 1e-11) << found.value;
    EXPECT_LE(std::abs(found.value - truth[k]), found.error) << found.value;
    EXPECT_LE(found.error, 1e-10);
  }
}

TEST(StuartLandau, OscillatesRobustlyWithItsFrequencyTo1e8) {
  const auto answer = spectrum_of(*stuart_landau(), {"auto 100", "auto 100"}, 8);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const Complex truth(-.048146069429, .698040133509);
  const auto& found = answer.eigenvalues[1];
  EXPECT_LE(std::abs(found.value - truth) / std::abs(truth), 1e-9) << found.value;
  EXPECT_LE(std::abs(found.value - truth), found.error);
  EXPECT_LE(found.error, 1e-8);
  EXPECT_EQ(answer.eigenvalues[2].value, std::conj(found.value));
  ASSERT_EQ(answer.oscillation.size(), 1U);
  EXPECT_NEAR(answer.oscillation[0].quality, 14.498, 5e-4);
  EXPECT_TRUE(answer.oscillation[0].robust) << answer.oscillation[0].why;
}

}  // namespace
}  // namespace sgdflux::test
