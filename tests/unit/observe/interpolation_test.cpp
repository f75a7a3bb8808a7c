#include "sgdflux/observe/interpolation.hpp"

#include <gtest/gtest.h>

#include "support/numerics.hpp"

namespace sgdflux::observe {
namespace {

mesh::Grid grid_of(const std::vector<std::string>& lines) {
  std::vector<mesh::Axis> axes;
  for (std::size_t d = 0; d < lines.size(); ++d) {
    axes.emplace_back(mesh::parse_axis("x" + std::to_string(d + 1), lines[d]));
  }
  return mesh::Grid(axes);
}

/// f at all cell centres, C order.
template <class Function>
Eigen::ArrayXd sampled(const mesh::Grid& grid, const Function& f) {
  const mesh::Box box = test::whole(grid);
  Eigen::ArrayXd values(box.cells());
  for (core::Index i = 0; i < box.cells(); ++i) {
    const mesh::Cell cell = box.cell(i);
    Eigen::Vector2d x(grid.axis(0).centres()(cell[0]), grid.dimension() > 1 ? grid.axis(1).centres()(cell[1]) : 0);
    values(i) = f(x(0), x(1));
  }
  return values;
}

TEST(Interpolation, ReproducesPolynomialsOfDegreeSevenUpToTheWalls) {
  const mesh::Grid grid = grid_of({"linear(-1, 2) 11", "linear(0, 1) 9"});
  const auto f = [](double x, double y) { return std::pow(x, 7) - 3 * x * std::pow(y, 7) + 1; };
  core::Batch points(4, 2);
  points << 0.3, 0.4, -1, 0, 2, 1, 1.93, 0.02;
  const Eigen::ArrayXd values = interpolate(grid, sampled(grid, f), points);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    EXPECT_NEAR(values(i), f(points(i, 0), points(i, 1)), 2e-11) << "point " << i;
  }
}

TEST(Interpolation, ConvergesWithOrderEightOnMappedAndPeriodicAxes) {
  const auto f = [](double x, double y) { return std::sin(x) / (1 + y * y); };
  const auto error = [&](int cells) {
    const mesh::Grid grid =
        grid_of({"linear(0, 2*pi) " + std::to_string(cells) + " periodic", "sinh(-5, 5, 1) " + std::to_string(cells)});
    core::Batch points(3, 2);
    points << 0.01, 0.37, 6.28, -2.2, 12.9, 1.1;
    const Eigen::ArrayXd values = interpolate(grid, sampled(grid, f), points);
    double worst = 0;
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      worst = std::max(worst, std::abs(values(i) - f(points(i, 0), points(i, 1))));
    }
    return worst;
  };
  EXPECT_LT(error(40), 2e-7);
  EXPECT_GT(std::log2(error(40) / error(80)), 7);
}

TEST(Interpolation, ToTheCentresOfAnotherGridIsThatToTheirPoints) {
  const mesh::Grid coarse = grid_of({"linear(0, 2*pi) 14 periodic", "sinh(-5, 5, 1) 17"});
  const mesh::Grid fine = grid_of({"linear(0, 2*pi) 20 periodic", "sinh(-5, 5, 1) 24"});
  const Eigen::ArrayXd whole = sampled(coarse, [](double x, double y) { return std::sin(x) / (1 + y * y); });
  mesh::Box part = test::whole(fine);
  part.lower = {3, 0, 0, 0};
  part.upper = {20, 22, 1, 1};
  core::Batch points(part.cells(), 2);
  for (core::Index i = 0; i < part.cells(); ++i) {
    const mesh::Cell cell = part.cell(i);
    points.row(i) << fine.axis(0).centres()(cell[0]), fine.axis(1).centres()(cell[1]);
  }
  const Eigen::ArrayXd values = interpolate(coarse, whole, fine, part);
  EXPECT_LT((values - interpolate(coarse, whole, points)).abs().maxCoeff(), 1e-13);
}

TEST(Interpolation, HasNoValueOutsideTheMesh) {
  const mesh::Grid grid = grid_of({"linear(-1, 1) 8"});
  core::Batch points(2, 1);
  points << 1.001, -1.001;
  EXPECT_TRUE(interpolate(grid, Eigen::ArrayXd::Ones(8), points).isNaN().all());
}

}  // namespace
}  // namespace sgdflux::observe
