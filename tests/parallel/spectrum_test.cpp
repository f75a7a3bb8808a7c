/// Spectra and absorbed systems do not depend on the number of ranks.
#include <cmath>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/spectrum.hpp"
#include "support/brownian.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

struct Posed {
  MPI_Comm comm;
  mesh::Grid grid;
  mesh::Partition partition;
  mesh::Box box;

  Posed(MPI_Comm world, const model::Sde& sde, const std::vector<std::string>& axes)
      : comm(world),
        grid(test::make_grid(sde, axes)),
        partition(grid, la::size(world)),
        box(partition.owned(la::rank(world))) {}
  /// Σ of a field against a function of the cell that no symmetry hides from.
  [[nodiscard]] double moment(const Array& field) const {
    const core::Batch x = fv::physical(grid, fv::centres(grid, box));
    return la::sum(comm, (field * (1 + x.col(0) + 0.3 * x.col(x.cols() - 1).square())).sum()) * grid.cell_volume();
  }
};

SpectrumResult modes_of(const Posed& posed, const model::Sde& sde, int count) {
  const fv::Generator generator =
      fv::generator(fv::discretise(sde, posed.grid, {fv::Flux::order8, 1}, posed.box), posed.box);
  SpectrumOptions options;
  options.count = count;
  return spectrum(posed.comm, {posed.grid, posed.partition, generator, {}}, options);
}

void expect_same_modes(const model::Sde& sde, const std::vector<std::string>& axes, int count) {
  const Posed all(MPI_COMM_WORLD, sde, axes);
  const Posed alone(MPI_COMM_SELF, sde, axes);
  const SpectrumResult a = modes_of(all, sde, count);
  const SpectrumResult b = modes_of(alone, sde, count);
  ASSERT_TRUE(a.converged && b.converged) << a.reason << b.reason;
  ASSERT_EQ(a.modes.size(), b.modes.size());
  EXPECT_NEAR(a.shift, b.shift, 1e-6 * b.shift);
  for (std::size_t i = 0; i < a.modes.size(); ++i) {
    const Mode& x = a.modes[i];
    const Mode& y = b.modes[i];
    EXPECT_LT(std::abs(x.value - y.value), 1e-9) << i;
    EXPECT_NEAR(x.condition / y.condition, 1, 1e-6) << i;
    EXPECT_NEAR(all.moment(x.right_real), alone.moment(y.right_real), 1e-8) << i;
    EXPECT_NEAR(all.moment(x.left_real) / alone.moment(y.left_real.abs()),
                alone.moment(y.left_real) / alone.moment(y.left_real.abs()), 1e-6)
        << i;
    ASSERT_EQ(x.right_imaginary.size() > 0, y.right_imaginary.size() > 0);
    if (x.right_imaginary.size() > 0) {
      EXPECT_NEAR(all.moment(x.right_imaginary), alone.moment(y.right_imaginary), 1e-8) << i;
    }
  }
}

TEST(RanksOfSpectra, AgreeOnRotatingModes) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -3; 3 1.4"}, {"noise_matrix", "1 0; 0 1"}});
  expect_same_modes(*sde, {"linear(-5, 5) 30", "linear(-5, 5) 28"}, 4);
}

TEST(RanksOfSpectra, AgreeOnTheDoubleWell) {
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}});
  expect_same_modes(*sde, {"linear(-3.5, 3.5) 120"}, 4);
}

TEST(RanksOfSpectra, AgreeOnAbsorbedSystems) {
  const auto sde = test::make_model({{"name", "formula"}, {"variables", "x y"}, {"drift.x", "0"}, {"drift.y", "0"}});
  const std::vector<std::string> axes{"linear(-0.5, 1.5) 48", "linear(-0.5, 1.5) 32"};
  std::vector<double> values;
  for (MPI_Comm comm : {MPI_COMM_WORLD, MPI_COMM_SELF}) {
    const Posed posed(comm, *sde, axes);
    AbsorbedSolver solver(comm, posed.grid, posed.partition, test::absorbed_brownian(posed.grid, posed.box),
                          test::unit_cube(posed.grid, posed.box));
    values.push_back(posed.moment(solver.solve(-Array::Ones(posed.box.cells()))));
    const auto leading = solver.leading();
    EXPECT_TRUE(leading.converged);
    values.push_back(leading.value);
    values.push_back(posed.moment(leading.vector));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(values[i], values[i + 3], 1e-10 * std::abs(values[i + 3])) << i;
  }
}

}  // namespace
}  // namespace sgdflux::solve
