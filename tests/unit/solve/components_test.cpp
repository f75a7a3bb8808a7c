/// Ergodic components of generators whose zero is not simple.
#include "sgdflux/solve/components.hpp"

#include <gtest/gtest.h>

#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

struct Found {
  mesh::Grid grid;
  core::Batch points;
  Components components;
  double mean(std::size_t k) const { return (points.col(0) * components.list[k].density).sum() * grid.cell_volume(); }
};

Found components_of(const model::Sde& sde, const std::vector<std::string>& axes) {
  mesh::Grid grid = test::make_grid(sde, axes);
  const mesh::Partition partition(grid, 1);
  const fv::Generator generator = test::make_generator(sde, grid, {fv::Flux::order4, 1});
  Components found = components(MPI_COMM_SELF, {grid, partition, generator});
  core::Batch points = fv::physical(grid, fv::centres(grid, test::whole(grid)));
  return {std::move(grid), std::move(points), std::move(found)};
}

std::unique_ptr<model::Sde> wells(const std::string& drift, const std::string& d) {
  return test::make_model(
      {{"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", "sqrt(2*" + d + ")"}});
}

TEST(Components, OfTwoWellsAreBiorthogonalToTheirArrivals) {
  const Found found = components_of(*wells("x - x^3", "0.006"), {"linear(-1.6, 1.6) 200"});
  ASSERT_EQ(found.components.trouble, "");
  ASSERT_EQ(found.components.list.size(), 2U);
  for (std::size_t j = 0; j < 2; ++j) {
    const ErgodicComponent& one = found.components.list[j];
    EXPECT_LE(one.relative_residual, 1e-12);
    EXPECT_GT(one.gap, 1);
    for (std::size_t k = 0; k < 2; ++k) {
      const double product = (one.density * found.components.list[k].arrival).sum() * found.grid.cell_volume();
      EXPECT_NEAR(product, j == k ? 1 : 0, 1e-12);
    }
  }
  EXPECT_LT(found.mean(0) * found.mean(1), 0);
  const Eigen::ArrayXd sum = found.components.list[0].arrival + found.components.list[1].arrival;
  EXPECT_NEAR(sum.minCoeff(), 1, 1e-9) << "mass ends in one of them";
  EXPECT_NEAR(sum.maxCoeff(), 1, 1e-9);
}

TEST(Components, OfOneWellIsOne) {
  const Found found = components_of(*wells("-x", "0.1"), {"linear(-2.5, 2.5) 100"});
  ASSERT_EQ(found.components.trouble, "");
  ASSERT_EQ(found.components.list.size(), 1U);
  EXPECT_NEAR(found.components.list[0].gap, 1, 1e-2);
  EXPECT_NEAR((found.components.list[0].arrival - 1).abs().maxCoeff(), 0, 1e-10);
}

TEST(Components, OfFiveWellsAreFive) {
  // V = −cos(2πx)/(2π)·… : minima at the integers, barriers of 2A/D = 64 kT.
  const Found found = components_of(*wells("-0.32*2*pi*sin(2*pi*x)", "0.01"), {"linear(-2.5, 2.5) 400 reflecting"});
  ASSERT_EQ(found.components.trouble, "");
  ASSERT_EQ(found.components.list.size(), 5U);
  std::vector<double> means;
  for (std::size_t k = 0; k < 5; ++k) {
    means.push_back(found.mean(k));
  }
  std::sort(means.begin(), means.end());
  for (int k = 0; k < 5; ++k) {
    EXPECT_NEAR(means[static_cast<std::size_t>(k)], k - 2, 1e-4);
  }
}

}  // namespace
}  // namespace sgdflux::solve
