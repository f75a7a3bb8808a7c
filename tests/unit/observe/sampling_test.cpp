#include "sgdflux/observe/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "support/numerics.hpp"

namespace sgdflux::observe {
namespace {

/// The standard normal density on a grid, as a state of one rank.
struct Normal {
  explicit Normal(const std::string& line)
      : grid({mesh::Axis(mesh::parse_axis("x", line))}),
        partition(grid, 1),
        state(make_state(MPI_COMM_SELF, grid, partition, density())) {}

  [[nodiscard]] Eigen::ArrayXd density() const {
    const Eigen::ArrayXd x = grid.axis(0).centres();
    const Eigen::ArrayXd xi =
        Eigen::ArrayXd::NullaryExpr(x.size(), [&](core::Index i) { return grid.axis(0).centre(i); });
    return (-x.square() / 2).exp() / std::sqrt(2 * std::numbers::pi) * grid.axis(0).map().slope(xi);
  }
  [[nodiscard]] double error_of(const std::function<Eigen::ArrayXd(const Batch&)>& f) const {
    return sampling_error(state, mean(state, f(state.points())), f);
  }

  mesh::Grid grid;
  mesh::Partition partition;
  State state;
};

TEST(SamplingError, BoundsWhatAJumpCostsWhereverItFalls) {
  const Normal normal("linear(-8, 8) 60");
  for (double c = 0; c < .27; c += .01) {
    const auto step = [&](const Batch& x) { return Eigen::ArrayXd((x.col(0) > c).cast<double>()); };
    const double error = std::abs(mean(normal.state, step(normal.state.points())) - std::erfc(c / std::sqrt(2.)) / 2);
    EXPECT_LE(error, normal.error_of(step)) << c;
    EXPECT_LT(normal.error_of(step), .4 * 1.5 * 16. / 60) << "more than a cell of the density";
  }
}

TEST(SamplingError, BoundsWhatAKinkCosts) {
  const Normal normal("linear(-8, 8) 60");
  for (double c = 0; c < .27; c += .01) {
    const auto kink = [&](const Batch& x) { return Eigen::ArrayXd((x.col(0) - c).abs()); };
    const double exact = std::sqrt(2 / std::numbers::pi) * std::exp(-c * c / 2) + c * std::erf(c / std::sqrt(2.));
    const double error = std::abs(mean(normal.state, kink(normal.state.points())) - exact);
    EXPECT_LE(error, normal.error_of(kink)) << c;
    EXPECT_LT(normal.error_of(kink), 1e-2) << "the kink costs at most 2.4e-3";
  }
}

TEST(SamplingError, SeesOscillationsWithinACell) {
  const Normal normal("linear(-8, 8) 60");
  // A period is a cell: all centres see the same phase, and the sum is 1 or −1 where the mean is zero.
  const auto wave = [](const Batch& x) { return Eigen::ArrayXd((2 * std::numbers::pi * 60 / 16 * x.col(0)).cos()); };
  EXPECT_GT(normal.error_of(wave), 1);
}

TEST(SamplingError, IsNothingForFunctionsThatTheGridResolves) {
  for (const char* line : {"linear(-8, 8) 60", "sinh(-9, 9, 2) 60"}) {
    const Normal normal(line);
    EXPECT_LT(normal.error_of([](const Batch& x) { return Eigen::ArrayXd(x.col(0).square()); }), 2e-7) << line;
    EXPECT_LT(normal.error_of([](const Batch& x) { return Eigen::ArrayXd(x.col(0).exp()); }), 2e-7) << line;
  }
}

}  // namespace
}  // namespace sgdflux::observe
