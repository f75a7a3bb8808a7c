/// Spectra without matrices do not depend on the number of ranks, and are those of the matrices.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/solve/spectrum.hpp"
#include "study/applied_operator.hpp"
#include "support/numerics.hpp"

namespace sgdflux::test {
namespace {

using solve::Mode;
using solve::SpectrumResult;

SpectrumResult modes_of(const study::Assembly& assembly, const study::AppliedOperator* applied) {
  const fv::Generator generator = applied != nullptr ? applied->no_rows() : assembly.generator();
  solve::SpectrumOptions options;
  options.count = 4;
  return solve::spectrum(
      assembly.comm,
      {assembly.grid, assembly.partition, generator, {}, applied != nullptr ? &applied->generator() : nullptr},
      options);
}

/// Σ of a field times a function of the cell that no symmetry hides from.
double moment(const study::Assembly& assembly, const Eigen::ArrayXd& field) {
  const core::Batch x = fv::physical(assembly.grid, fv::centres(assembly.grid, assembly.owned));
  return la::sum(assembly.comm, (field * (1 + x.col(0) + 0.3 * x.col(2).square())).sum()) * assembly.grid.cell_volume();
}

void expect_same(const study::Assembly& all, const Mode& a, const study::Assembly& alone, const Mode& b,
                 double tolerance) {
  EXPECT_LT(std::abs(a.value - b.value), tolerance);
  EXPECT_NEAR(a.condition / b.condition, 1, 1e2 * tolerance);
  EXPECT_NEAR(moment(all, a.right_real), moment(alone, b.right_real), 1e2 * tolerance);
  EXPECT_NEAR(moment(all, a.left_real), moment(alone, b.left_real), 1e2 * tolerance * moment(alone, b.left_real.abs()));
}

void expect_everywhere_the_same(const model::Sde& sde, const std::vector<std::string>& axes, study::Way way) {
  const auto lines = [&] { return study::make_axes(make_mesh(sde, axes)); };
  const fv::Scheme scheme{fv::Flux::order4, 1};
  const study::Assembly all(MPI_COMM_WORLD, sde, lines(), scheme);
  const study::Assembly alone(MPI_COMM_SELF, sde, lines(), scheme);
  const auto applied = study::AppliedOperator::make(all, way);
  const SpectrumResult found = modes_of(all, applied.get());
  const SpectrumResult expected = modes_of(alone, nullptr);
  ASSERT_TRUE(found.converged && expected.converged) << found.reason << expected.reason;
  EXPECT_GT(found.inner_iterations, found.iterations);
  ASSERT_EQ(found.modes.size(), expected.modes.size());
  for (std::size_t k = 0; k < expected.modes.size(); ++k) {
    const Mode& mode = found.modes[k];
    EXPECT_LT(std::abs(mode.value - expected.modes[k].value), mode.uncertainty + expected.modes[k].uncertainty);
    EXPECT_LT(mode.right_residual, 1e-8) << k;
    EXPECT_LT(mode.left_residual, 1e-8) << k;
    expect_same(all, mode, alone, expected.modes[k], 1e-8);
  }
}

TEST(RanksOfAppliedSpectra, AgreeWithTheMatrixInSpace) {
  const auto sde = make_model({{"name", "ornstein-uhlenbeck"},
                               {"drift_matrix", "1 .4 0; -.3 1.5 .2; .1 0 2"},
                               {"noise_matrix", "1 0 0; 0 1.2 0; .3 0 1"}});
  expect_everywhere_the_same(*sde, {"linear(-4, 4) 14", "linear(-4, 4) 13", "linear(-3, 3) 12"}, study::Way::geometric);
}

TEST(RanksOfAppliedSpectra, AgreeWithTheMatrixOfTwoModesOfMomentum) {
  const auto sde = make_model({{"name", "momentum-regression"}, {"rho", "1 0.4"}, {"noise_correlation", "0.2"}});
  expect_everywhere_the_same(*sde, {"linear(-.6, .6) 7", "linear(-2, 2) 7", "linear(-.6, .6) 7", "linear(-1.3, 1.3) 8"},
                             study::Way::kronecker);
}

}  // namespace
}  // namespace sgdflux::test
