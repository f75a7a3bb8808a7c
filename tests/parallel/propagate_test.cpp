/// Densities over time are the same on every number of ranks: each is compared with one rank alone.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/evolve.hpp"
#include "sgdflux/solve/propagate.hpp"
#include "support/numerics.hpp"

namespace sgdflux::test {
namespace {

using Array = Eigen::ArrayXd;
const MPI_Comm world = MPI_COMM_WORLD;

/// One model on a mesh, spread over a communicator.
struct Part {
  MPI_Comm comm;
  std::unique_ptr<model::Sde> sde = make_model({{"name", "momentum-regression"}});
  mesh::Grid grid = make_grid(*sde, {"linear(-3, 3) 27", "linear(-2, 2) 26"});
  mesh::Partition partition;
  mesh::Box owned;

  explicit Part(MPI_Comm communicator)
      : comm(communicator), partition(grid, la::size(comm)), owned(partition.owned(la::rank(comm))) {}

  [[nodiscard]] fv::Generator generator(double level = 1) const {
    const auto scaled = make_model({{"name", "momentum-regression"}, {"sigma2", number(8 * level)}});
    return fv::generator(fv::discretise(*scaled, grid, {fv::Flux::order6, 0}, owned), owned);
  }
  [[nodiscard]] Array gaussian() const {
    const core::Batch x = fv::physical(grid, fv::centres(grid, owned));
    const Array p = (-(x.col(0) - .5).square() / .5 - x.col(1).square() / .3).exp();
    return p / (la::sum(comm, p.sum()) * grid.cell_volume());
  }
};

/// The largest difference of owned values from those of one rank alone.
double difference(const Part& all, const Array& values, const Part& alone, const Array& truth) {
  double largest = 0;
  for (Index i = 0; i < all.owned.cells(); ++i) {
    largest = std::max(largest, std::abs(values(i) - truth(alone.owned.position(all.owned.cell(i)))));
  }
  return la::maximum(world, largest) / truth.abs().maxCoeff();
}

std::vector<solve::Propagated> propagated(const Part& part, bool stepwise) {
  std::vector<solve::Propagated> answers;
  const fv::Generator generator = part.generator();
  const auto result =
      solve::propagate(part.comm, {part.grid, part.partition, generator}, part.gaussian(), {0, .01, .1, 3, 50},
                       {1e-13, 90, stepwise}, [&](const solve::Propagated& answer) { answers.push_back(answer); });
  EXPECT_TRUE(result.converged) << result.reason;
  return answers;
}

TEST(Ranks, AgreeOnExponentials) {
  const Part all(world);
  const Part alone(MPI_COMM_SELF);
  for (const bool stepwise : {true, false}) {
    const auto parts = propagated(all, stepwise);
    const auto truth = propagated(alone, stepwise);
    ASSERT_EQ(parts.size(), truth.size());
    for (std::size_t k = 0; k < truth.size(); ++k) {
      EXPECT_LE(difference(all, parts[k].state, alone, truth[k].state), 1e-11) << truth[k].time;
      EXPECT_NEAR(la::sum(world, parts[k].state.sum()) * all.grid.cell_volume(), 1, 1e-13);
    }
    EXPECT_LE(difference(all, parts[2].change, alone, truth[2].change), 1e-11);
    EXPECT_LE(difference(all, parts[2].rate, alone, truth[2].rate), 1e-10);
  }
}

std::vector<solve::Resolved> resolved(const Part& part) {
  std::vector<solve::Resolved> answers;
  const fv::Generator generator = part.generator();
  Array b = part.gaussian() * fv::physical(part.grid, fv::centres(part.grid, part.owned)).col(1);
  b -= la::sum(part.comm, b.sum()) / static_cast<double>(part.grid.cells());
  const auto result = solve::resolvent(part.comm, {part.grid, part.partition, generator}, b, {.1, 1, 3}, 1e-11,
                                       [&](const solve::Resolved& answer) { answers.push_back(answer); });
  EXPECT_TRUE(result.converged) << result.reason;
  return answers;
}

TEST(Ranks, AgreeOnResolvents) {
  const Part all(world);
  const Part alone(MPI_COMM_SELF);
  const auto parts = resolved(all);
  const auto truth = resolved(alone);
  ASSERT_EQ(parts.size(), truth.size());
  for (std::size_t k = 0; k < truth.size(); ++k) {
    EXPECT_LE(difference(all, parts[k].real, alone, truth[k].real), 1e-10) << truth[k].frequency;
    EXPECT_LE(difference(all, parts[k].imaginary, alone, truth[k].imaginary), 1e-10) << truth[k].frequency;
  }
}

Array evolved(const Part& part, const std::string& stepper) {
  Array density = part.gaussian();
  const solve::EvolveProblem problem{part.grid, part.partition,
                                     [&](double t) { return part.generator(1 + .5 * std::sin(3 * t)); }};
  const auto step = solve::evolve(part.comm, problem, 0, .2, {stepper, 1e-5, .01, true}, density);
  EXPECT_TRUE(step.converged) << step.reason;
  return density;
}

TEST(Ranks, AgreeOnTimeStepsOfAScheduledModel) {
  const Part all(world);
  const Part alone(MPI_COMM_SELF);
  for (const char* stepper : {"bdf", "arkimex"}) {
    EXPECT_LE(difference(all, evolved(all, stepper), alone, evolved(alone, stepper)), 1e-11) << stepper;
  }
}

TEST(Ranks, AllThrowWhenTheScheduleFailsOnOne) {
  const Part part(world);
  Array density = part.gaussian();
  const int last = la::size(world) - 1;
  const solve::EvolveProblem problem{part.grid, part.partition, [&](double t) {
                                       if (t > .25 && la::rank(world) == last) {
                                         throw core::SettingsError("schedule.eta is negative");
                                       }
                                       return part.generator();
                                     }};
  const std::string message = error_of([&] {
    static_cast<void>(solve::evolve(world, problem, 0, .5, {"bdf", 1e-6, .01, false}, density));
  });
  EXPECT_EQ(message, "schedule.eta is negative");
  EXPECT_EQ(la::sum(world, 1), la::size(world)) << "and all go on together";
}

}  // namespace
}  // namespace sgdflux::test
