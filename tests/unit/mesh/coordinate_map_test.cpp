#include "sgdflux/mesh/coordinate_map.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::mesh {
namespace {

using Eigen::ArrayXd;

struct Example {
  std::string name;
  std::vector<double> arguments;
};

std::ostream& operator<<(std::ostream& stream, const Example& example) { return stream << example.name; }

/// Values of a map on 9 points of its domain, ends excluded, and of the map shifted by multiples of `step`.
class MapTest : public testing::TestWithParam<Example> {
 protected:
  std::shared_ptr<const CoordinateMap> map_ = make_map("x", GetParam().name, GetParam().arguments);
  double lower_ = GetParam().arguments[0];
  double upper_ = GetParam().arguments[1];
  ArrayXd xi_ = ArrayXd::LinSpaced(11, map_->computational(lower_), map_->computational(upper_)).segment(1, 9);

  /// Eighth-order central difference of f at every point of xi_.
  template <class Function>
  ArrayXd difference(const Function& f) const {
    const double step = 0.02;
    const double weights[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
    ArrayXd sum = ArrayXd::Zero(xi_.size());
    for (int k = 1; k <= 4; ++k) {
      sum += weights[k - 1] * (f(ArrayXd(xi_ + k * step)) - f(ArrayXd(xi_ - k * step)));
    }
    return sum / step;
  }
};

TEST_P(MapTest, InverseUndoesMap) {
  const ArrayXd x = map_->physical(xi_);
  // x is rounded to a double, which moves xi by that over the slope.
  const ArrayXd tolerance = 1e-15 * (std::max(std::abs(lower_), std::abs(upper_)) / map_->slope(xi_) + xi_.abs());
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(map_->computational(x(i)), xi_(i), tolerance(i)) << "at x = " << x(i);
  }
}

TEST_P(MapTest, EndsAreTheBounds) {
  ArrayXd ends(2);
  ends << map_->computational(lower_), map_->computational(upper_);
  const ArrayXd x = map_->physical(ends);
  EXPECT_NEAR(x(0), lower_, 1e-14 * (upper_ - lower_));
  EXPECT_NEAR(x(1), upper_, 1e-14 * (upper_ - lower_));
}

TEST_P(MapTest, SlopeIsTheDerivative) {
  const ArrayXd slope = map_->slope(xi_);
  const ArrayXd differences = difference([this](const ArrayXd& xi) { return map_->physical(xi); });
  EXPECT_GT(slope.minCoeff(), 0);
  EXPECT_LT(((slope - differences) / slope.maxCoeff()).abs().maxCoeff(), 1e-11);
}

TEST_P(MapTest, CurvatureIsTheSecondDerivative) {
  const ArrayXd differences = difference([this](const ArrayXd& xi) { return map_->slope(xi); });
  const double size = map_->slope(xi_).maxCoeff();
  EXPECT_LT(((map_->curvature(xi_) - differences) / size).abs().maxCoeff(), 1e-11);
}

INSTANTIATE_TEST_SUITE_P(AllMaps, MapTest,
                         testing::Values(Example{"linear", {-92, 21}}, Example{"log", {1e-6, 3}},
                                         Example{"sinh", {-5, 7, 0.5}}, Example{"sinh", {-5, 7, 0.5, 2}},
                                         Example{"tanh", {-1, 4, 1.5}}, Example{"tanh", {0, 1, 6}}));

TEST(CoordinateMap, FormulasOfTheDocumentation) {
  const ArrayXd xi = ArrayXd::LinSpaced(5, -1, 1);
  EXPECT_TRUE(make_map("x", "linear", {-3, 3})->physical(xi).isApprox(xi));
  EXPECT_TRUE(make_map("x", "log", {0.1, 3})->physical(xi).isApprox(xi.exp()));
  EXPECT_TRUE(make_map("x", "sinh", {-1, 3, 0.5})->physical(xi).isApprox(1 + 0.5 * xi.sinh()));
  EXPECT_TRUE(make_map("x", "tanh", {-1, 3, 1})->physical(xi).isApprox(1 + 2 * xi.tanh() / std::tanh(1.0)));
}

TEST(CoordinateMap, TanhKeepsItsPrecisionAtTheEnds) {
  const auto map = make_map("x", "tanh", {0, 1, 10});
  const double slope = map->slope(ArrayXd::Constant(1, -10.0))(0);
  for (const double x : {1e-30, 1e-22, 1e-18}) {
    EXPECT_NEAR(map->computational(x), -10 + x / slope, 4e-15);
  }
  EXPECT_EQ(map->physical(ArrayXd::Constant(1, -10.0))(0), 0);
  EXPECT_NEAR(map->physical(ArrayXd::Constant(1, -10 + 0x1p-30))(0) / (slope * 0x1p-30), 1, 1e-8);
}

TEST(CoordinateMap, SinhMeetsBoundsAndCentreExactly) {
  for (const double scale : {0.07, 0.3, 1.1, 2.9}) {
    const auto map = make_map("x", "sinh", {0, 5, scale});
    ArrayXd xi(3);
    xi << map->computational(0), 0, map->computational(5);
    const ArrayXd x = map->physical(xi);
    EXPECT_EQ(x(0), 0);
    EXPECT_EQ(x(1), 2.5);
    EXPECT_EQ(x(2), 5);
  }
}

struct Refusal {
  std::string name;
  std::vector<double> arguments;
  std::string message;
};

TEST(CoordinateMap, RefusalsNameArgumentAndRange) {
  const std::vector<Refusal> refusals = {
      {"linear", {1, -1}, "mesh.x: lower bound 1 must be less than upper bound -1"},
      {"linear", {1, 1}, "mesh.x: lower bound 1 must be less than upper bound 1"},
      {"linear", {-1.7e308, 1.7e308}, "mesh.x: bounds -1.7e+308 and 1.7e+308 are too far apart for a double"},
      {"linear",
       {0, INFINITY},
       "mesh.x: map linear got inf, every number must be finite (auto CELLS chooses bounds for an unbounded variable)"},
      {"linear", {0, 1, 2}, "mesh.x: map linear got 3 numbers, expected linear(lower, upper)"},
      {"log", {-1, 1}, "mesh.x: map log got lower bound -1, allowed is lower > 0"},
      {"log", {0, 1}, "mesh.x: map log got lower bound 0, allowed is lower > 0"},
      {"sinh", {-1, 1}, "mesh.x: map sinh got 2 numbers, expected sinh(lower, upper, scale[, centre])"},
      {"sinh", {-1, 1, 0}, "mesh.x: map sinh got scale 0, allowed is scale > 0"},
      {"tanh", {-1, 1, -2}, "mesh.x: map tanh got steepness -2, allowed is 0 < steepness ≤ 10"},
      {"tanh", {-1, 1, 11}, "mesh.x: map tanh got steepness 11, allowed is 0 < steepness ≤ 10"},
      {"linaer", {-1, 1}, "mesh.x: unknown map 'linaer'; did you mean 'linear'?"},
  };
  for (const auto& refusal : refusals) {
    try {
      static_cast<void>(make_map("x", refusal.name, refusal.arguments));
      ADD_FAILURE() << "accepted, expected: " << refusal.message;
    } catch (const core::SettingsError& error) {
      EXPECT_EQ(error.what(), refusal.message);
    }
  }
}

TEST(CoordinateMap, EveryNameHasASignature) {
  for (const auto& name : map_names()) {
    EXPECT_TRUE(map_signature(name).starts_with(name + "(lower, upper"));
  }
}

}  // namespace
}  // namespace sgdflux::mesh
