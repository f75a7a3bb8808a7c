#include "sgdflux/theory/linear_spectrum.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <random>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/kunin_2021.hpp"

namespace sgdflux::theory {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXd;

/// Matrix of A on homogeneous polynomials of degree n in three variables: f ↦ −Σ A_ij x_j ∂_i f, whose eigenvalues are
/// those of the generator with n quanta, whatever the noise.
MatrixXd on_polynomials(const Eigen::Matrix3d& a, int degree) {
  std::vector<std::array<int, 3>> powers;
  for (int i = 0; i <= degree; ++i) {
    for (int j = 0; i + j <= degree; ++j) {
      powers.push_back({i, j, degree - i - j});
    }
  }
  MatrixXd matrix = MatrixXd::Zero(static_cast<Index>(powers.size()), static_cast<Index>(powers.size()));
  for (std::size_t column = 0; column < powers.size(); ++column) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        std::array<int, 3> image = powers[column];
        const int factor = image[i];
        --image[i];
        ++image[j];
        const auto row = std::find(powers.begin(), powers.end(), image);
        if (factor > 0) {
          matrix(row - powers.begin(), static_cast<Index>(column)) -=
              factor * a(static_cast<Index>(i), static_cast<Index>(j));
        }
      }
    }
  }
  return matrix;
}

TEST(LinearSpectrum, AgreesWithTheGeneratorOnPolynomials) {
  const Eigen::Matrix3d a{{1, -3, .2}, {2.5, 1.3, 0}, {.4, 0, .9}};
  constexpr int count = 30;
  std::vector<Complex> dense{0};
  for (int degree = 1; degree <= 12; ++degree) {
    const Eigen::VectorXcd values = Eigen::EigenSolver<MatrixXd>(on_polynomials(a, degree), false).eigenvalues();
    dense.insert(dense.end(), values.begin(), values.end());
  }
  std::sort(dense.begin(), dense.end(), [](Complex p, Complex q) {
    return std::abs(p.real() - q.real()) > 1e-7                       ? p.real() > q.real()
           : std::abs(std::abs(p.imag()) - std::abs(q.imag())) > 1e-7 ? std::abs(p.imag()) < std::abs(q.imag())
                                                                      : p.imag() > q.imag();
  });
  const std::vector<Complex> exact = generator_eigenvalues(drift_rates(a), count);
  ASSERT_GE(exact.size(), static_cast<std::size_t>(count));
  for (std::size_t k = 0; k < exact.size(); ++k) {
    EXPECT_LT(std::abs(exact[k] - dense[k]), 1e-9 * (1 + std::abs(exact[k]))) << k;
  }
}

TEST(LinearSpectrum, MomentumShellsAreCompleteAndInOrder) {
  for (const double beta : {.9, .99}) {
    const MomentumRegression m{.1, beta, 32, 0, 1};
    const std::vector<Complex> found = m.eigenvalues(Eigen::VectorXd::Constant(1, 1), 15);
    const Complex plus = m.rate(1, 1);
    ASSERT_EQ(found.size(), 15U);  // shells 0 to 4
    std::size_t at = 0;
    for (int shell = 0; shell <= 4; ++shell) {
      for (int difference = shell % 2; difference <= shell; difference += 2) {
        const Complex value(-shell * plus.real(), difference * plus.imag());
        EXPECT_LT(std::abs(found[at++] - value), 1e-14 * (1 + std::abs(value)));
        if (difference > 0) {
          EXPECT_EQ(found[at], std::conj(found[at - 1]));
          ++at;
        }
      }
    }
  }
}

TEST(LinearSpectrum, APairIsNeverCut) {
  const std::vector<Complex> rates{{1, 3}, {1, -3}};
  EXPECT_EQ(generator_eigenvalues(rates, 1).size(), 1U);
  EXPECT_EQ(generator_eigenvalues(rates, 2).size(), 3U);
  const std::vector<Complex> expected{0, {-1, 3}, {-1, -3}, -2, {-2, 6}, {-2, -6}};
  EXPECT_EQ(generator_eigenvalues(rates, 5), expected);
}

TEST(LinearSpectrum, EqualRatesStayPairsAndMultiplicitiesCount) {
  const std::vector<Complex> twice{{1, 3}, {1, -3}, {1, 3}, {1, -3}};
  const std::vector<Complex> expected{0, {-1, 3}, {-1, -3}, {-1, 3}, {-1, -3}, -2, -2, -2, -2, {-2, 6}, {-2, -6}};
  EXPECT_EQ(generator_eigenvalues(twice, 10), expected);
  // .3 = .1 + .2 up to rounding: the tie of the real parts goes by frequency.
  const std::vector<Complex> tied{.1, {.3, 1}, {.3, -1}};
  const std::vector<Complex> sums = generator_eigenvalues(tied, 6);
  ASSERT_EQ(sums.size(), 6U);
  EXPECT_EQ(sums[3].imag(), 0);
  EXPECT_NEAR(sums[3].real(), -.3, 1e-15);
  EXPECT_EQ(sums[4], Complex(-.3, 1));
  const std::vector<Complex> critical = generator_eigenvalues({2, 2}, 6);
  EXPECT_EQ(critical, (std::vector<Complex>{0, -2, -2, -4, -4, -4}));
}

TEST(LinearSpectrum, ManyOfFourVariablesAgreeWithCounting) {
  // Rates 1, 2, 4, 8: as many eigenvalues −n as ways to pay n in these coins.
  const std::vector<Complex> found = generator_eigenvalues({1, 2, 4, 8}, 500);
  std::vector<int> ways(60, 0);
  ways[0] = 1;
  for (const std::size_t coin : {1U, 2U, 4U, 8U}) {
    for (std::size_t n = coin; n < ways.size(); ++n) {
      ways[n] += ways[n - coin];
    }
  }
  std::size_t at = 0;
  for (std::size_t n = 0; at < found.size(); ++n) {
    for (int way = 0; way < ways[n] && at < found.size(); ++way) {
      EXPECT_EQ(found[at++], Complex(-static_cast<double>(n), 0));
    }
  }
}

TEST(LinearSpectrum, UnstableDriftAndSillyCountsAreRefused) {
  EXPECT_THROW(static_cast<void>(generator_eigenvalues({1, -1}, 3)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(generator_eigenvalues({{0, 1}, {0, -1}}, 3)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(generator_eigenvalues({1}, 0)), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::theory
