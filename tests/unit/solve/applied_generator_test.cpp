/// Spectra and propagation of generators that are applied and inverted by Krylov methods.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <complex>

#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/solve/propagate.hpp"
#include "sgdflux/solve/spectrum.hpp"
#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

Eigen::MatrixXd dense(const mesh::Grid& grid, const fv::Generator& rows) {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(grid.cells(), grid.cells());
  for (core::Index row = 0; row < grid.cells(); ++row) {
    for (std::size_t k = 0; k < rows.offsets.size(); ++k) {
      mesh::Cell cell = rows.cells.cell(row);
      for (std::size_t d = 0; d < cell.size(); ++d) {
        cell[d] += rows.offsets[k][d];
      }
      if (rows.cells.contains(cell)) {
        result(row, rows.cells.position(cell)) += rows.values(row, static_cast<Eigen::Index>(k));
      }
    }
  }
  return result;
}

/// The exact inverse for a generator of lower order; for σ = 0 on functions of zero mass.
class LowOrder final : public la::Preconditioner {
 public:
  explicit LowOrder(Eigen::MatrixXd low) : low_(std::move(low)) { set_shift(0); }
  void set_shift(double sigma) override {
    Eigen::MatrixXd shifted = -low_;
    shifted.diagonal().array() += sigma;
    if (sigma == 0) {
      shifted.array() += low_.norm() / static_cast<double>(low_.rows());  // any multiple of the mass functional
    }
    factors_.compute(shifted);
  }
  void apply(const double* r, double* z) override {
    Eigen::Map<Eigen::VectorXd>(z, low_.rows()) = factors_.solve(Eigen::Map<const Eigen::VectorXd>(r, low_.rows()));
  }
  void apply_transpose(const double* r, double* z) override {
    Eigen::Map<Eigen::VectorXd>(z, low_.rows()) =
        factors_.transpose().solve(Eigen::Map<const Eigen::VectorXd>(r, low_.rows()));
  }
  std::string name() const override { return "a lower order"; }
  double bytes() const override { return 0; }

 private:
  Eigen::MatrixXd low_;
  Eigen::PartialPivLU<Eigen::MatrixXd> factors_;
};

/// An inertial oscillator at order 6, and at order 2 as what approximates it.
struct Oscillator {
  std::unique_ptr<model::Sde> sde = test::make_model({{"name", "momentum-regression"}, {"rho", "1"}});
  mesh::Grid grid = test::make_grid(*sde, {"linear(-1.2, 1.2) 18", "linear(-4.4, 4.4) 18"});
  mesh::Partition partition{grid, 1};
  fv::Generator generator = test::make_generator(*sde, grid, {fv::Flux::order6, 1});
  LowOrder approximate{dense(grid, test::make_generator(*sde, grid, {fv::Flux::order2, 1}))};
  la::Matrix matrix =
      la::create_matrix(MPI_COMM_SELF, grid, partition, {generator.cells, generator.offsets, generator.values});
  Array rates = generator.values.abs().rowwise().sum();
  fv::Generator no_rows{generator.cells, {}, {}};
  AppliedGenerator applied{matrix.get(), rates, approximate};
};

TEST(AppliedGenerator, HasTheSpectrumOfItsRows) {
  const Oscillator one;
  SpectrumOptions options;
  options.count = 6;
  const SpectrumResult by_factors = spectrum(MPI_COMM_SELF, {one.grid, one.partition, one.generator}, options);
  const SpectrumResult by_krylov =
      spectrum(MPI_COMM_SELF, {one.grid, one.partition, one.no_rows, {}, &one.applied}, options);
  ASSERT_TRUE(by_factors.converged) << by_factors.reason;
  ASSERT_TRUE(by_krylov.converged) << by_krylov.reason;
  EXPECT_GT(by_krylov.inner_iterations, by_krylov.iterations);
  ASSERT_EQ(by_krylov.modes.size(), by_factors.modes.size());
  for (std::size_t k = 0; k < by_factors.modes.size(); ++k) {
    EXPECT_LT(std::abs(by_krylov.modes[k].value - by_factors.modes[k].value), 1e-9 * by_factors.shift) << k;
    EXPECT_LT(by_krylov.modes[k].left_residual, 1e-8 * by_factors.shift) << k;
  }
}

TEST(AppliedGenerator, IsPropagatedLikeItsRows) {
  const Oscillator one;
  const core::Batch x = fv::physical(one.grid, fv::centres(one.grid, test::whole(one.grid)));
  Array start = (-(x.col(0) - 0.3).square() / 0.08 - x.col(1).square()).exp();
  start /= start.sum() * one.grid.cell_volume();
  const auto propagated = [&](const PropagateProblem& problem) {
    std::vector<Array> states;
    const PropagateResult result = propagate(MPI_COMM_SELF, problem, start, {0.1, 1, 20}, {},
                                             [&](const Propagated& at) { states.push_back(at.state); });
    EXPECT_TRUE(result.converged) << result.reason;
    return states;
  };
  const std::vector<Array> expected = propagated({one.grid, one.partition, one.generator});
  const std::vector<Array> found = propagated({one.grid, one.partition, one.no_rows, &one.applied});
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    EXPECT_LT((found[k] - expected[k]).abs().maxCoeff(), 1e-11 * start.maxCoeff()) << k;
    EXPECT_NEAR(found[k].sum() * one.grid.cell_volume(), 1, 1e-12);
  }
}

}  // namespace
}  // namespace sgdflux::solve
