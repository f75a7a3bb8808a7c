#include "sgdflux/solve/spectrum.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/theory/kunin_2021.hpp"
#include "support/brownian.hpp"

namespace sgdflux::solve {
namespace {

using core::Index;
using Array = Eigen::ArrayXd;

/// One problem on one rank.
struct Posed {
  mesh::Grid grid;
  mesh::Partition partition;
  fv::Generator generator;

  Posed(const model::Sde& sde, const std::vector<std::string>& axes, const fv::Scheme& scheme)
      : grid(test::make_grid(sde, axes)), partition(grid, 1), generator(test::make_generator(sde, grid, scheme)) {}
  [[nodiscard]] SpectrumResult solve(const SpectrumOptions& options) const {
    return spectrum(MPI_COMM_SELF, {grid, partition, generator, {}}, options);
  }
  [[nodiscard]] SpectrumResult solve(int count) const {
    SpectrumOptions options;
    options.count = count;
    return solve(options);
  }
};

/// Momentum on regression, η = .1, with batch 32 and σ² = 1.
struct Momentum {
  theory::MomentumRegression theory;
  double rho = 1;

  [[nodiscard]] Posed posed(double reach, Index cells, double damping = 1) const {
    const auto sde = test::make_model({{"name", "momentum-regression"},
                                       {"eta", test::number(theory.eta)},
                                       {"beta", test::number(theory.beta)},
                                       {"batch", "32"},
                                       {"sigma2", "1"},
                                       {"rho", test::number(rho)}});
    return {*sde,
            {test::symmetric_axis(std::sqrt(theory.position_variance(rho)), reach, cells),
             test::symmetric_axis(std::sqrt(theory.velocity_variance(rho)), reach, cells)},
            {fv::Flux::order8, damping}};
  }
  /// −(n₁λ₊ + n₂λ₋) with Im ≥ 0 and n₁ + n₂ ≤ levels, by decreasing real part, then increasing frequency.
  [[nodiscard]] std::vector<Complex> exact(int levels) const {
    std::vector<Complex> values;
    for (int sum = 0; sum <= levels; ++sum) {
      for (int n1 = sum; n1 >= 0; --n1) {
        const Complex value =
            -(static_cast<double>(n1) * theory.rate(rho, 1) + static_cast<double>(sum - n1) * theory.rate(rho, -1));
        if (value.imag() > -1e-12) {
          values.push_back(value);
        }
      }
    }
    std::sort(values.begin(), values.end(), [](Complex a, Complex b) {
      return std::abs(a.real() - b.real()) > 1e-9 ? a.real() > b.real() : a.imag() < b.imag();
    });
    return values;
  }
};

/// Values in order, residuals from both sides, biorthogonality and the stationary mode.
void expect_sound(const Posed& posed, const SpectrumResult& result, double residual) {
  EXPECT_TRUE(result.converged) << result.reason;
  const Eigen::MatrixXd matrix = test::dense(posed.grid, posed.generator);
  const double volume = posed.grid.cell_volume();
  std::vector<Eigen::VectorXcd> right;
  std::vector<Eigen::VectorXcd> left;
  for (const Mode& mode : result.modes) {
    ASSERT_EQ(mode.right_imaginary.size() > 0, mode.value.imag() != 0);
    Eigen::VectorXcd v = mode.right_real.cast<Complex>();
    Eigen::VectorXcd u = mode.left_real.cast<Complex>();
    if (mode.value.imag() != 0) {
      v.imag() = mode.right_imaginary.matrix();
      u.imag() = mode.left_imaginary.matrix();
    }
    EXPECT_NEAR((matrix * v - mode.value * v).norm() / v.norm(), mode.right_residual, 1e-11);
    EXPECT_NEAR((matrix.transpose() * u - std::conj(mode.value) * u).norm() / u.norm(), mode.left_residual, 1e-11);
    EXPECT_LT(mode.right_residual, residual);
    EXPECT_LT(mode.left_residual, residual);
    EXPECT_NEAR(v.lpNorm<1>() * volume, 1, 1e-9);
    EXPECT_NEAR(mode.condition * std::abs(u.dot(v)) / (u.norm() * v.norm()), 1, 1e-9);
    Eigen::Index largest = 0;
    v.cwiseAbs().maxCoeff(&largest);
    EXPECT_GT(v(largest).real() * (v(largest).real() > 0 ? 1 : -1), .999 * std::abs(v(largest)));
    right.push_back(v);
    left.push_back(u);
  }
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (std::size_t j = 0; j < right.size(); ++j) {
      EXPECT_LT(std::abs(left[i].dot(right[j]) * volume - (i == j ? 1. : 0.)), 1e-7) << i << ", " << j;
    }
  }
}

void expect_stationary(const Mode& mode, double volume) {
  EXPECT_LT(std::abs(mode.value), 1e-11);
  EXPECT_NEAR(mode.right_real.sum() * volume, 1, 1e-12);
  EXPECT_LT((mode.left_real - 1).abs().maxCoeff(), 1e-9);
  EXPECT_GT(mode.right_real.minCoeff(), -1e-9 * mode.right_real.maxCoeff());
}

void expect_values(const SpectrumResult& result, const std::vector<Complex>& exact, double tolerance) {
  ASSERT_LE(result.modes.size(), exact.size());
  for (std::size_t i = 0; i < result.modes.size(); ++i) {
    const double scale = std::max(std::abs(exact[i]), std::abs(exact[1]));
    EXPECT_LT(std::abs(result.modes[i].value - exact[i]) / scale, tolerance)
        << i << ": " << result.modes[i].value << " instead of " << exact[i];
  }
}

int members(const SpectrumResult& result) {
  int count = 0;
  for (const Mode& mode : result.modes) {
    count += mode.value.imag() == 0 ? 1 : 2;
  }
  return count;
}

TEST(Spectrum, OfTheUnderdampedMomentumHasAllFifteenSlowestModes) {
  const Momentum momentum;
  const Posed posed = momentum.posed(9, 96);
  const SpectrumResult result = posed.solve(15);
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_EQ(members(result), 15);
  expect_values(result, momentum.exact(4), 1e-11);
  expect_stationary(result.modes[0], posed.grid.cell_volume());
}

TEST(Spectrum, DoesNotMissRotationsSixtyTimesFasterThanTheirDecay) {
  Momentum momentum;
  momentum.theory.beta = .99;
  const Posed posed = momentum.posed(9, 72);
  const SpectrumResult result = posed.solve(15);
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_EQ(members(result), 15);
  expect_values(result, momentum.exact(4), 1e-7);
}

TEST(Spectrum, OfTheOverdampedMomentumIsRealAndComplete) {
  Momentum momentum;
  momentum.rho = .0276;  // λ₊/λ₋ ≈ 2.6
  const SpectrumResult result = momentum.posed(10, 96).solve(6);
  EXPECT_TRUE(result.converged) << result.reason;
  expect_values(result, momentum.exact(6), 1e-10);
}

TEST(Spectrum, AtCriticalDampingAnswersWithTheConditionOfADefectivePair) {
  Momentum momentum;
  momentum.rho = momentum.theory.critical_rho();
  const SpectrumResult result = momentum.posed(9, 64).solve(3);
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_EQ(members(result), 3);
  const double rate = momentum.theory.friction();
  for (std::size_t i = 1; i < result.modes.size(); ++i) {
    EXPECT_LT(std::abs(result.modes[i].value + rate) / rate, 1e-5);
    EXPECT_GT(result.modes[i].condition, 1e5);
  }
}

TEST(Spectrum, OfTheDoubleWellIsExact) {
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}});
  const Posed posed(*sde, {"linear(-3.5, 3.5) 300"}, {fv::Flux::order8, 1});
  const SpectrumResult result = posed.solve(7);
  ASSERT_EQ(result.modes.size(), 7U);
  EXPECT_NEAR(result.modes[1].value.real(), -.187170418089, 1e-10);
  EXPECT_NEAR(result.modes[2].value.real(), -1.501028417712, 1e-10);
  expect_sound(posed, result, 1e-9);
  expect_stationary(result.modes[0], posed.grid.cell_volume());
}

TEST(Spectrum, OfTwoWellsThatHardlyExchangeHasTheSlowModeAndThoseOfTheWells) {
  // Kramers: λ₁ ≈ −(√2/π)e^{−ΔV/Θ}(1 + O(Θ)), ΔV = 1/4, Θ = .02; the wells relax at −2.
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.04)"}});
  const SpectrumResult result = Posed(*sde, {"linear(-2.2, 2.2) 300"}, {fv::Flux::order8, 1}).solve(4);
  ASSERT_TRUE(result.converged) << result.reason;
  const double kramers = -std::sqrt(2.) / M_PI * std::exp(-12.5);
  EXPECT_NEAR(result.modes[1].value.real() / kramers, 1, .05);
  EXPECT_NEAR(result.modes[2].value.real(), -.9285948, 1e-6);
}

TEST(Spectrum, OfANetworkWhoseRatesSpanElevenDecadesHasCleanVectors) {
  const auto sde = test::make_model({{"name", "diagonal-network"},
                                     {"T", "0.1"},
                                     {"beta1", "1"},
                                     {"beta2", "1"},
                                     {"alpha1", "2"},
                                     {"alpha2", "2"},
                                     {"alpha3", "3"}});
  const SpectrumResult result = Posed(*sde, {"linear(-8, 12) 600"}, {fv::Flux::exact, 0}).solve(6);
  EXPECT_TRUE(result.converged) << result.reason;
  const SpectrumResult nearer = Posed(*sde, {"linear(-8, 6) 420"}, {fv::Flux::exact, 0}).solve(6);
  ASSERT_EQ(result.modes.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_LT(result.modes[i].right_residual, 1e-10);
    EXPECT_NEAR(result.modes[i].value.real(), nearer.modes[i].value.real(), 1e-7) << "the same spacing";
  }
}

TEST(Spectrum, OfANoisyLimitCycleHasTheFrequencyOfItsOrbit) {
  const auto sde = test::make_model({{"name", "formula"},
                                     {"variables", "x y"},
                                     {"drift.x", "x*(1 - x^2 - y^2) - y*(1 - 0.3*(x^2 + y^2))"},
                                     {"drift.y", "y*(1 - x^2 - y^2) + x*(1 - 0.3*(x^2 + y^2))"},
                                     {"noise.x.1", "sqrt(0.08)"},
                                     {"noise.y.2", "sqrt(0.08)"}});
  const Posed posed(*sde, {"linear(-2.6, 2.6) 100", "linear(-2.6, 2.6) 100"}, {fv::Flux::order8, 1});
  const SpectrumResult result = posed.solve(6);
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_EQ(members(result), 7) << "a pair is never cut";
  const Complex exact(-.048146069429, .698040133509);
  EXPECT_LT(std::abs(result.modes[1].value - exact) / std::abs(exact), 3e-9);
  EXPECT_LT(result.modes[1].condition, 3.1);
}

TEST(Spectrum, CountsEveryCopyOfMultipleEigenvalues) {
  // ∂P/∂t = ∇·(xP) + ½ΔP in two dimensions: −k is (k+1)-fold.
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1 0; 0 1"}});
  const std::string axis = test::symmetric_axis(std::sqrt(.5), 7, 40);
  const Posed posed(*sde, {axis, axis}, {fv::Flux::order8, 1});
  for (const int count : {3, 6, 7, 10}) {
    const SpectrumResult result = posed.solve(count);
    ASSERT_EQ(result.modes.size(), static_cast<std::size_t>(count));
    std::vector<double> exact;
    for (int k = 0; k < 5; ++k) {
      exact.insert(exact.end(), static_cast<std::size_t>(k) + 1, -k);
    }
    for (std::size_t i = 0; i < result.modes.size(); ++i) {
      EXPECT_NEAR(result.modes[i].value.real(), exact[i], 1e-4) << count << " " << i;
      EXPECT_EQ(result.modes[i].value.imag(), 0);
    }
    expect_sound(posed, result, 1e-8);
  }
}

TEST(Spectrum, VectorsOfRotatingModesAreBiorthogonal) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -3; 3 1.4"}, {"noise_matrix", "1 0; 0 1"}});
  const Posed posed(*sde, {"linear(-5, 5) 40", "linear(-5, 5) 40"}, {fv::Flux::order8, 1});
  const SpectrumResult result = posed.solve(10);
  expect_sound(posed, result, 1e-8);
  EXPECT_EQ(members(result), 10);
}

TEST(Spectrum, NearestToATargetIsFoundWhereverItLies) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1.4142135623730951"}});
  SpectrumOptions options;
  options.count = 3;
  options.nearest = true;
  options.target = -4.2;
  const SpectrumResult result = Posed(*sde, {"linear(-9, 9) 200"}, {fv::Flux::order8, 1}).solve(options);
  ASSERT_EQ(result.modes.size(), 3U) << result.reason;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(result.modes[i].value.real(), -3. - static_cast<double>(i), 1e-8);
  }
}

TEST(Spectrum, DampingMovesSpuriousModesOnly) {
  // Central fluxes of order 8 leave a grid-scale mode γ − √(γ² + cω²), c = 2.657, undamped.
  const Momentum momentum;
  const Posed central = momentum.posed(9, 64, 0);
  const Posed damped = momentum.posed(9, 64, 1);
  ASSERT_EQ(central.generator.offsets, damped.generator.offsets);
  fv::Generator change = damped.generator;
  change.values -= central.generator.values;
  SpectrumOptions options;
  options.count = 1;
  options.nearest = true;
  const double friction = momentum.theory.friction();
  options.target =
      friction - std::sqrt(friction * friction + 2.657 * std::pow(momentum.theory.natural_frequency(1), 2));
  const SpectrumResult spurious = central.solve(options);
  const SpectrumProblem problem{central.grid, central.partition, central.generator, {}};
  ASSERT_EQ(spurious.modes.size(), 1U) << spurious.reason;
  EXPECT_NEAR(spurious.modes[0].value.real(), -4.788, 2e-3);
  EXPECT_GT(std::abs(perturbation(MPI_COMM_SELF, problem, change, spurious.modes[0])), 2.8);
  for (const Mode& mode : central.solve(6).modes) {
    EXPECT_LT(std::abs(perturbation(MPI_COMM_SELF, problem, change, mode)), 6e-6) << mode.value;
  }
}

TEST(Spectrum, CellsOutOfPlayAreNeverFound) {
  const auto sde = test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-0.5, 1.5) 80"});
  const mesh::Partition partition(grid, 1);
  const fv::Generator generator = test::absorbed_brownian(grid, test::whole(grid));
  const ActiveCells active = test::unit_cube(grid, test::whole(grid));
  SpectrumOptions options;
  options.count = 40;
  const SpectrumResult result = spectrum(MPI_COMM_SELF, {grid, partition, generator, active}, options);
  ASSERT_EQ(result.modes.size(), 40U) << result.reason;
  for (int k = 1; k <= 40; ++k) {
    const Mode& mode = result.modes[static_cast<std::size_t>(k) - 1];
    EXPECT_NEAR(mode.value.real(), -1600 * (1 - std::cos(k * M_PI / 40)), 1e-8) << k;
    EXPECT_LT(active.select(0, mode.right_real).abs().maxCoeff(), 1e-30);
    EXPECT_NEAR(mode.condition, 1, 1e-6) << "a symmetric matrix";
  }
  options.count = 41;
  const auto too_many = [&] {
    static_cast<void>(spectrum(MPI_COMM_SELF, {grid, partition, generator, active}, options));
  };
  EXPECT_TRUE(test::has(test::error_of(too_many), "count = 41 eigenvalues is not between 1 and 40"));
}

TEST(Spectrum, WithoutLeftVectorsHasTheSameValues) {
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}});
  SpectrumOptions options;
  options.count = 4;
  options.left = false;
  const SpectrumResult result = Posed(*sde, {"linear(-3.5, 3.5) 200"}, {fv::Flux::order8, 1}).solve(options);
  ASSERT_EQ(result.modes.size(), 4U);
  EXPECT_NEAR(result.modes[1].value.real(), -.187170418089, 1e-8);
  EXPECT_EQ(result.modes[1].left_real.size(), 0);
  EXPECT_EQ(result.modes[1].condition, 0);
}

TEST(Spectrum, ThatDoesNotConvergeSaysSo) {
  SpectrumOptions options;
  options.count = 15;
  options.shift = 100;
  options.iterations = 2;
  const SpectrumResult result = Momentum().posed(7, 32).solve(options);
  EXPECT_FALSE(result.converged);
  EXPECT_TRUE(test::has(result.reason, "limit of 2 restarts")) << result.reason;
}

}  // namespace
}  // namespace sgdflux::solve
