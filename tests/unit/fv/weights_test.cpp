#include "sgdflux/fv/weights.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

namespace sgdflux::fv {
namespace {

using Complex = std::complex<double>;
constexpr int all[] = {1, 2, 3, 4};

double value_at(double face, const FaceWeights& w, int power) {
  double sum = 0;
  for (int k = 0; k < w.half_width; ++k) {
    sum += w.value[static_cast<std::size_t>(k)] * (std::pow(face + .5 + k, power) + std::pow(face - .5 - k, power));
  }
  return sum;
}

double difference_at(double face, const FaceWeights& w, int power) {
  double sum = 0;
  for (int k = 0; k < w.half_width; ++k) {
    sum +=
        w.difference[static_cast<std::size_t>(k)] * (std::pow(face + .5 + k, power) - std::pow(face - .5 - k, power));
  }
  return sum;
}

/// Divergence of the face flux Σ_k damping_k (P_R − P_L) for P_j = e^{iθj}, at cell 0: what it adds to dP/dt.
Complex damping_symbol(double theta, const FaceWeights& w) {
  const auto flux = [&](double face) {
    Complex sum = 0;
    for (int k = 0; k < w.half_width; ++k) {
      const Complex jump = std::polar(1., theta * (face + .5 + k)) - std::polar(1., theta * (face - .5 - k));
      sum += w.damping[static_cast<std::size_t>(k)] * jump;
    }
    return sum;
  };
  return flux(-.5) - flux(.5);
}

TEST(FaceWeights, DifferencesReproduceDerivativesOfPolynomialsUpToTheirOrder) {
  const double x = 1.3;
  for (const int m : all) {
    const FaceWeights& w = face_weights(m);
    for (int n = 0; n <= 2 * m + 1; ++n) {
      const double first = n > 0 ? n * std::pow(x, n - 1) : 0;
      const double second = n > 1 ? n * (n - 1) * std::pow(x, n - 2) : 0;
      if (n <= 2 * m) {
        EXPECT_NEAR(value_at(x + .5, w, n) - value_at(x - .5, w, n), first, 1e-11 * std::pow(6, n)) << m << ' ' << n;
      }
      EXPECT_NEAR(difference_at(x + .5, w, n) - difference_at(x - .5, w, n), second, 1e-11 * std::pow(6, n))
          << m << ' ' << n;
    }
  }
}

TEST(FaceWeights, AreTheClassicalNumbers) {
  const double expected[][4] = {{1. / 2, 0, 0, 0},
                                {7. / 12, -1. / 12, 0, 0},
                                {37. / 60, -8. / 60, 1. / 60, 0},
                                {533. / 840, -139. / 840, 29. / 840, -3. / 840}};
  for (const int m : all) {
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_NEAR(face_weights(m).value[k], expected[m - 1][k], 1e-15) << m << ' ' << k;
    }
  }
}

TEST(FaceWeights, DampingIsDissipativeForEveryWaveAndOfOrder2m) {
  for (const int m : {2, 3, 4}) {
    for (int step = 1; step <= 64; ++step) {
      const double theta = M_PI * step / 64;
      const Complex symbol = damping_symbol(theta, face_weights(m));
      EXPECT_NEAR(symbol.imag(), 0, 1e-15);
      EXPECT_LT(symbol.real(), 0) << "waves must not grow: m = " << m << ", theta = " << theta;
    }
    const double ratio = damping_symbol(.2, face_weights(m)).real() / damping_symbol(.1, face_weights(m)).real();
    EXPECT_NEAR(std::log2(ratio), 2 * m, .05);
  }
}

TEST(FaceWeights, DampingTurnsTheCentralFluxIntoTheUpwindBiasedOne) {
  for (const int m : {2, 3, 4}) {
    const FaceWeights& w = face_weights(m);
    const auto far = static_cast<std::size_t>(m - 1);
    EXPECT_NEAR(w.value[far] + w.damping[far], 0, 1e-16) << "the farthest downwind cell drops out";
    double sum = 0;
    for (int k = 0; k < m; ++k) {
      sum += w.damping[static_cast<std::size_t>(k)] * (2 * k + 1);
    }
    EXPECT_NEAR(sum, 0, 1e-15) << "linear densities are not damped";
  }
  EXPECT_EQ(face_weights(1).damping[0], 0) << "plain upwinding is never added";
}

TEST(DerivativeWeights, DifferentiatePolynomialsExactly) {
  for (const int m : all) {
    for (int n = 0; n <= 2 * m; ++n) {
      double sum = 0;
      for (int k = 1; k <= m; ++k) {
        sum += derivative_weights(m)[static_cast<std::size_t>(k - 1)] * (std::pow(.7 + k, n) - std::pow(.7 - k, n));
      }
      EXPECT_NEAR(sum, n > 0 ? n * std::pow(.7, n - 1) : 0, 1e-11 * std::pow(5, n)) << m << ' ' << n;
    }
  }
}

TEST(CellAverageWeights, IntegratePolynomialFluxesOverTheCellExactly) {
  for (const int m : all) {
    for (int n = 0; n <= 2 * m - 1; ++n) {
      double sum = 0;
      for (int k = 0; k < m; ++k) {
        sum += cell_average_weights(m)[static_cast<std::size_t>(k)] * (std::pow(2.5 + k, n) + std::pow(1.5 - k, n));
      }
      EXPECT_NEAR(sum, (std::pow(2.5, n + 1) - std::pow(1.5, n + 1)) / (n + 1), 1e-11 * std::pow(6, n))
          << m << ' ' << n;
    }
  }
}

}  // namespace
}  // namespace sgdflux::fv
