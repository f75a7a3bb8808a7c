/// Labels of eigenvalues and events read off them do not depend on the number of ranks.
#include <gtest/gtest.h>

#include <cmath>

#include "continuation/event_functions.hpp"
#include "support/eigenvalues.hpp"

namespace sgdflux::continuation {
namespace {

Family over_rho(int cells) { return test::momentum_family("model.rho", .5, 1, cells); }

std::vector<std::vector<Tracked>> follow(MPI_Comm comm, const std::vector<double>& values) {
  const auto make = test::prober(over_rho(20), test::slowest(6), comm);
  Tracker tracker(comm);
  std::vector<std::vector<Tracked>> result;
  for (const double value : values) {
    result.push_back(tracker.follow(make(value, 1)->spectrum(), 5));
  }
  return result;
}

TEST(RanksOfTracking, GiveTheSameLabelsThroughAMergingPointAndBack) {
  const std::vector<double> values{.8, .82, .86, .82};
  const auto all = follow(MPI_COMM_WORLD, values);
  const auto alone = follow(MPI_COMM_SELF, values);
  for (std::size_t k = 0; k < values.size(); ++k) {
    ASSERT_EQ(all[k].size(), alone[k].size()) << values[k];
    for (std::size_t i = 0; i < all[k].size(); ++i) {
      EXPECT_EQ(all[k][i].branch, alone[k][i].branch) << values[k];
      EXPECT_LT(std::abs(all[k][i].eigenvalue.value - alone[k][i].eigenvalue.value), 1e-5) << values[k] << ' ' << i;
      EXPECT_NEAR(all[k][i].overlap, alone[k][i].overlap, 1e-4) << values[k] << ' ' << i;
    }
  }
}

TEST(RanksOfTracking, SeeTheSameMergingPoint) {
  std::vector<double> values;
  for (MPI_Comm comm : {MPI_COMM_WORLD, MPI_COMM_SELF}) {
    const auto make = test::prober(over_rho(30), test::slowest(3), comm);
    const auto a = make(.82, 1);
    const auto b = make(.86, 1);
    const auto found = real_to_complex_event()->between(*a, *b);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].subject, "1-2");
    values.insert(values.end(), {found[0].value(*a), found[0].value(*b), found[0].value(*make(.84, 1))});
  }
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(values[k], values[k + 3], 1e-8) << k;
  }
  EXPECT_GT(values[0], 0);
  EXPECT_LT(values[1], 0);
}

}  // namespace
}  // namespace sgdflux::continuation
