/// What the study of eigenvalues promises besides them: refusals, order, fields, verdicts.
#include "sgdflux/study/spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/gibbs.hpp"
#include "support/dynamics.hpp"

namespace sgdflux::study {
namespace {

using test::double_well;
using test::field;
using test::has;
using test::make_model;
using test::spectrum_of;

std::unique_ptr<model::Sde> rotation(double speed) {
  return make_model({{"name", "ornstein-uhlenbeck"},
                     {"drift_matrix", "1 " + test::number(-speed) + "; " + test::number(speed) + " 1"},
                     {"noise_matrix", "1 0; 0 1"}});
}
const std::vector<std::string> square{"linear(-6, 6) 36", "linear(-6, 6) 36"};

TEST(SpectrumOptions, RefuseACountThatTheMeshCannotHold) {
  const auto sde = double_well();
  const auto message = [&](int count) {
    return test::error_of([&] { static_cast<void>(spectrum_of(*sde, {"linear(-3, 3) 40"}, count)); });
  };
  for (const int count : {-1, 0, 1, 41, 1000}) {
    EXPECT_TRUE(has(message(count), "spectrum.count = " + std::to_string(count))) << message(count);
    EXPECT_TRUE(has(message(count), "count ≤ 16")) << message(count);
  }
}

TEST(Spectrum, HasNoneWithoutConfinement) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x"}, {"noise.x.1", "1"}});
  const auto answer = spectrum_of(*sde, {"auto 60"}, 3);
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_FALSE(answer.reason.empty());
  EXPECT_TRUE(answer.eigenvalues.empty());
}

TEST(Spectrum, NeverCutsAPairAndSortsByDecay) {
  // −(n₁ + n₂) ± 2i(n₁ − n₂): 0; −1 ± 2i; −2, −2 ± 4i; …
  const auto answer = spectrum_of(*rotation(2), square, 5, {"auto", -1, false});
  ASSERT_EQ(answer.eigenvalues.size(), 6U) << answer.reason;
  const auto expect = [&](std::size_t k, std::complex<double> truth) {
    EXPECT_NEAR(std::abs(answer.eigenvalues[k].value - truth), 0, 1e-9) << k;
  };
  expect(0, 0);
  expect(1, {-1, 2});
  expect(2, {-1, -2});
  EXPECT_EQ(answer.eigenvalues[1].value, std::conj(answer.eigenvalues[2].value));
  EXPECT_NEAR(answer.eigenvalues[1].frequency(), 2, 1e-9);
  EXPECT_NEAR(answer.eigenvalues[1].quality(), 2, 1e-9);
  for (std::size_t k = 3; k < 6; ++k) {
    EXPECT_NEAR(answer.eigenvalues[k].value.real(), -2, 3e-9);
  }
  ASSERT_EQ(answer.reference.size(), 6U);
  EXPECT_NEAR(std::abs(answer.reference[1] - std::complex<double>(-1, 2)), 0, 1e-12);
}

TEST(Spectrum, CallsAnOscillationRobustOnlyWhenItIsFastAndAlone) {
  const auto slow = spectrum_of(*rotation(2), square, 6, {"auto", -1, false});
  ASSERT_EQ(slow.oscillation.size(), 1U);
  EXPECT_FALSE(slow.oscillation[0].robust);
  EXPECT_TRUE(has(slow.oscillation[0].why, "quality"));
  EXPECT_NEAR(slow.oscillation[0].next_real_part, -2, 3e-9);
  const auto fast = spectrum_of(*rotation(8), square, 6, {"auto", -1, false});
  ASSERT_EQ(fast.oscillation.size(), 1U);
  EXPECT_TRUE(fast.oscillation[0].robust) << fast.oscillation[0].why;
  EXPECT_TRUE(spectrum_of(*double_well(), {"linear(-3, 3) 100"}, 3).oscillation.empty());
}

TEST(Spectrum, PhaseOfARotationTurnsWithIt) {
  const auto answer = spectrum_of(*rotation(2), square, 4, {"auto", -1, false});
  const auto& phase = field(answer, "phase").values;
  const Eigen::ArrayXd x = mesh::Axis(answer.mesh[0]).centres();
  // dx = −x + 2y, dy = −2x − y: L*(x − iy) = (−1 + 2i)(x − iy), so the phase grows by 2 per unit time, clockwise.
  const auto offset = [&](Eigen::Index i, Eigen::Index j) {
    return phase[static_cast<std::size_t>(36 * i + j)] + std::atan2(x(j), x(i));
  };
  // Towards the walls there is hardly any mass, and left vectors are rounding there.
  for (Eigen::Index i = 13; i < 23; ++i) {
    for (Eigen::Index j = 13; j < 23; ++j) {
      EXPECT_NEAR(std::remainder(offset(i, j) - offset(18, 18), 2 * M_PI), 0, 1e-4) << i << ' ' << j;
    }
  }
}

TEST(Spectrum, EigenfunctionsOfTheDoubleWellAreBiorthonormal) {
  const auto answer = spectrum_of(*double_well(), {"linear(-3.2, 3.2) 200"}, 4);
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const double h = 6.4 / 200;
  const auto path = [](int k, const char* side) { return "eigenfunction/" + std::to_string(k) + "/" + side; };
  for (int a = 0; a < 4; ++a) {
    for (int b = 0; b < 4; ++b) {
      const auto& left = field(answer, path(a, "left_real")).values;
      const auto& right = field(answer, path(b, "right_real")).values;
      double product = 0;
      for (std::size_t i = 0; i < left.size(); ++i) {
        product += left[i] * right[i] * h;
      }
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-9) << a << ' ' << b;
    }
  }
  EXPECT_EQ(field(answer, "density").values.size(), 200U);
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_NEAR(field(answer, path(0, "left_real")).values[i], 1, 1e-7) << "the left vector of 0 is 1";
    EXPECT_NEAR(field(answer, "density").values[i], field(answer, path(0, "right_real")).values[i], 1e-12);
  }
  EXPECT_LE(answer.audit.mass_error, 1e-12);
  EXPECT_LE(answer.audit.outside_mass, 1e-12);
}

TEST(Spectrum, NearestToATargetIsAskedForByItsNumber) {
  const auto sde = double_well();
  auto options = test::options_on<SpectrumOptions>(*sde, {"linear(-3.2, 3.2) 200"}, {"auto", -1, true});
  options.count = 2;
  options.nearest = true;
  options.target = -1.4;
  const auto answer = spectrum(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.eigenvalues.size(), 2U) << answer.reason;
  EXPECT_NEAR(answer.eigenvalues[0].value.real(), test::well_slowest, 1e-9);
  EXPECT_NEAR(answer.eigenvalues[1].value.real(), test::well_next, 1e-9);
  options.target = NAN;
  EXPECT_TRUE(has(test::error_of([&] { static_cast<void>(spectrum(MPI_COMM_SELF, *sde, options)); }), "target"));
}

TEST(Spectrum, SaysWhenFewerAreBelievedThanAsked) {
  // Twelve modes on 32 cells: the fast ones are not resolved.
  const auto answer = spectrum_of(*double_well(), {"linear(-3.2, 3.2) 32"}, 12);
  EXPECT_EQ(answer.verdict, Verdict::not_converged);
  EXPECT_TRUE(has(answer.reason, "rejected")) << answer.reason;
  EXPECT_LT(answer.eigenvalues.size(), 12U);
  EXPECT_FALSE(answer.rejected.empty());
  const double truth[] = {0, test::well_slowest, test::well_next};
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_LE(std::abs(answer.eigenvalues[k].value - truth[k]), answer.eigenvalues[k].error) << k;
  }
}

TEST(Spectrum, ModesWithoutLeftEigenfunctionsClaimNoTwoDigits) {
  // Behind the power-law tail there is a continuous spectrum; its modes on a grid are nearly parallel.
  const auto sde = make_model({{"name", "diagonal-network"},
                               {"T", "0.1"},
                               {"alpha1", "1"},
                               {"alpha2", "1"},
                               {"alpha3", "3"},
                               {"beta1", "1"},
                               {"beta2", "1"}});
  const auto answer = spectrum_of(*sde, {"auto 150"}, 3, {"auto", -1, false});
  int without = 0;
  for (const Eigenvalue& one : answer.eigenvalues) {
    if (!std::isfinite(one.condition)) {
      ++without;
      EXPECT_GT(one.error, .01 * std::abs(one.value)) << one.value;
    }
  }
  EXPECT_GT(without, 0);
}

}  // namespace
}  // namespace sgdflux::study
