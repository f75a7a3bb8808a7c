#include "sgdflux/study/initial.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/dynamics.hpp"

namespace sgdflux::study {
namespace {

using test::double_well;
using test::has;

const Eigen::VectorXd zero = Eigen::VectorXd::Zero(1);
const Eigen::VectorXd narrow = Eigen::VectorXd::Constant(1, .2);

/// The message of a run that starts from this density.
std::string refusal(const Initial& initial, const std::string& axis = "linear(-3, 3) 80") {
  const auto sde = double_well();
  auto options = test::from_point(*sde, {axis}, zero, narrow, {.1}, {"auto", -1, false});
  options.initial = initial;
  return test::error_of([&] { static_cast<void>(evolve(MPI_COMM_SELF, *sde, options)); });
}

TEST(PointDensity, IsANormalGaussian) {
  const auto sde = test::stuart_landau();
  const Initial point = point_density(*sde, Eigen::Vector2d(.5, -1), Eigen::Vector2d(.1, .2));
  core::Batch x(2, 2);
  x << .5, -1, .6, -.8;
  const Eigen::ArrayXd density = point.density(x);
  EXPECT_NEAR(density(0), 1 / (2 * M_PI * .02), 1e-13);
  EXPECT_NEAR(density(1), density(0) * std::exp(-1), 1e-13);
}

TEST(PointDensity, WantsOneFinitePositiveWidthAVariable) {
  const auto sde = test::stuart_landau();
  const auto message = [&](const Eigen::VectorXd& center, const Eigen::VectorXd& width) {
    return test::error_of([&] { static_cast<void>(point_density(*sde, center, width)); });
  };
  EXPECT_TRUE(has(message(zero, Eigen::Vector2d::Ones()), "1 coordinates for 2 variables"));
  EXPECT_TRUE(has(message(Eigen::Vector2d::Zero(), Eigen::Vector3d::Ones()), "3 widths for 2 variables"));
  EXPECT_TRUE(has(message(Eigen::Vector2d::Zero(), Eigen::Vector2d(1, 0)), "widths > 0"));
  EXPECT_TRUE(has(message(Eigen::Vector2d::Zero(), Eigen::Vector2d(1, -1)), "widths > 0"));
  EXPECT_TRUE(has(message(Eigen::Vector2d(0, NAN), Eigen::Vector2d::Ones()), "finite"));
}

TEST(Initial, OutsideTheMeshOrTooNarrowIsRefused) {
  const auto sde = double_well();
  const std::string outside = refusal(point_density(*sde, Eigen::VectorXd::Constant(1, 4), narrow));
  EXPECT_TRUE(has(outside, "outside the mesh")) << outside;
  const std::string spike = refusal(point_density(*sde, zero, Eigen::VectorXd::Constant(1, .03)));
  EXPECT_TRUE(has(spike, "half a cell")) << spike;
  EXPECT_TRUE(has(spike, "0.03")) << spike;
}

TEST(Initial, NegativeOrZeroOrUndefinedIsRefusedNamingThePlace) {
  const auto sde = double_well();
  const std::string negative = refusal(formula_density(*sde, "1 - x", {}));
  EXPECT_TRUE(has(negative, "1 - x")) << negative;
  EXPECT_TRUE(has(negative, "nowhere negative")) << negative;
  EXPECT_TRUE(has(negative, "x = ")) << negative;
  EXPECT_TRUE(has(refusal(formula_density(*sde, "0*x", {})), "zero on the whole mesh"));
  const std::string undefined = refusal(formula_density(*sde, "sqrt(x)", {}));
  EXPECT_TRUE(has(undefined, "finite")) << undefined;
}

TEST(Initial, FormulaThatDoesNotParseIsRefused) {
  const auto sde = double_well();
  EXPECT_TRUE(has(test::error_of([&] { static_cast<void>(formula_density(*sde, "exp(-z^2)", {})); }), "z"));
}

TEST(Initial, FormulaNeedNotBeNormalised) {
  const auto sde = double_well();
  auto options = test::from_point(*sde, {"linear(-3, 3) 80"}, zero, narrow, {0, .3}, {"auto", -1, false});
  const auto point = evolve(MPI_COMM_SELF, *sde, options);
  options.initial = formula_density(*sde, "7*exp(-(x/w)^2/2)", {{"w", .2}});
  const auto formula = evolve(MPI_COMM_SELF, *sde, options);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_NEAR(formula.series.at("cov.x.x").values[k], point.series.at("cov.x.x").values[k], 1e-13);
    EXPECT_NEAR(formula.series.at("mass").values[k], 1, 1e-13);
  }
}

TEST(Initial, StoredDensityIsInterpolatedOnAnotherMesh) {
  const auto sde = double_well();
  auto options = test::from_point(*sde, {"linear(-3, 3) 120"}, zero, Eigen::VectorXd::Constant(1, .4), {.5, 1},
                                  {"auto", -1, false});
  const auto whole = evolve(MPI_COMM_SELF, *sde, options);
  options.outputs = {.5};
  options.until = .5;
  const auto half = evolve(MPI_COMM_SELF, *sde, options);
  const auto& kept = test::field(half, "density").values;
  options.initial = stored_density(*sde, half.mesh, Eigen::Map<const Eigen::ArrayXd>(kept.data(), 120), "half.h5");
  for (const char* axis : {"linear(-3, 3) 120", "linear(-3.5, 3.2) 130", "sinh(-3, 3, 1) 110"}) {
    options.mesh = test::make_mesh(*sde, {axis});
    const auto rest = evolve(MPI_COMM_SELF, *sde, options);
    EXPECT_NEAR(test::value(rest, "cov.x.x"), whole.series.at("cov.x.x").values[1], 1e-6) << axis;
  }
  const std::string other = test::error_of([&] {
    auto axes = half.mesh;
    axes[0].name = "y";
    static_cast<void>(stored_density(*sde, axes, Eigen::ArrayXd::Ones(120), "half.h5"));
  });
  EXPECT_TRUE(has(other, "half.h5") && has(other, "x expected")) << other;
}

}  // namespace
}  // namespace sgdflux::study
