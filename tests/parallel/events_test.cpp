#include <gtest/gtest.h>
#include <mpi.h>

#include <cmath>

#include "support/continuing.hpp"

namespace sgdflux::continuation {
namespace {

using namespace test;

/// Kinetic motion in V = x⁴/4 − ax²/2 + x/10, whose second well appears at a = 3(1/20)^{2/3}.
TEST(ParallelEvents, EveryRankFindsTheSameEventsInTheSamePlaces) {
  const Family family = make_family({{"model.name", "formula"},
                                     {"model.variables", "x v"},
                                     {"model.parameters", "a=0"},
                                     {"model.drift.x", "v"},
                                     {"model.drift.v", "-x^3 + a*x - 0.1 - v"},
                                     {"model.noise.v.1", "0.7"}},
                                    "model.a", {"linear(-3.2, 3.2) 48", "linear(-4, 4) 48"});
  std::vector<std::unique_ptr<EventFunction>> functions = make_events({"mode-appears"});
  functions.push_back(formula_event("mine", "mean.x + 0.12", family.at(0)));
  Inquiry inquiry;
  inquiry.stationary.estimate = false;
  const auto events = scan(prober(family, inquiry, MPI_COMM_WORLD), functions, .1, .9, 2);
  std::vector<double> numbers;
  for (const Event& event : events) {
    numbers.insert(numbers.end(), {event.value, event.error});
  }
  int count = static_cast<int>(numbers.size());
  int most = 0;
  MPI_Allreduce(&count, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  EXPECT_EQ(count, most);
  numbers.resize(static_cast<std::size_t>(most));
  std::vector<double> of_first = numbers;
  MPI_Bcast(of_first.data(), most, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  EXPECT_EQ(numbers, of_first);
  const auto folds = of_kind(events, "mode-appears", "x");
  EXPECT_EQ(folds.size(), 1u);
  if (folds.size() == 1) {
    EXPECT_LE(std::abs(folds[0].value - 3 * std::pow(.05, 2. / 3)), folds[0].error);
    EXPECT_LE(folds[0].error, 5e-3);
  }
}

}  // namespace
}  // namespace sgdflux::continuation
