/// Escape from a well: eigenvalues, mean times, quasi-stationary exit and transition paths are one story.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/passage_line.hpp"
#include "support/dynamics.hpp"

namespace sgdflux::test {
namespace {

constexpr double time_across = 14.277736637;  ///< mean time from −1 to 1

double quantity(const study::PassageAnswer& answer, const std::string& name) {
  const auto found = answer.quantities.find(name);
  if (found == answer.quantities.end() || !found->second.value) {
    ADD_FAILURE() << name << " has no value: " << answer.reason;
    return std::numeric_limits<double>::quiet_NaN();
  }
  return *found->second.value;
}

study::PassageOptions on(const model::Sde& sde, const std::vector<std::string>& axes) {
  return options_on<study::PassageOptions>(sde, axes);
}

TEST(DoubleWellPassage, MeanTimeAcrossIsExactTo1e8) {
  const auto sde = double_well();
  const auto exact = theory::first_passage(*sde, -1, {}, theory::Edge::absorbing(1));
  EXPECT_NEAR(exact.mean, time_across, 1e-9);
  auto to_set = on(*sde, {"linear(-3.2, 2) 400"});
  to_set.start = Eigen::VectorXd::Constant(1, -1);
  to_set.exit = set_of(*sde, "x - 1");
  auto to_wall = on(*sde, {"linear(-3.2, 1) 400 truncated absorbing"});
  to_wall.start = to_set.start;
  for (const auto& options : {to_set, to_wall}) {
    const auto answer = study::passage(MPI_COMM_SELF, *sde, options);
    ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
    EXPECT_NEAR(quantity(answer, "mean_time"), time_across, 3e-9);
    EXPECT_NEAR(quantity(answer, "variance") / exact.variance, 1, 1e-9);
    expect_quantity(answer, "mean_time", exact.mean);
    expect_quantity(answer, "variance", exact.variance);
    EXPECT_LE(*answer.quantities.at("mean_time").error, 1e-8);
  }
}

TEST(DoubleWellPassage, ExitRateOfTheLeftHalfIsTheSlowestEigenvalue) {
  // The slowest eigenfunction is odd: left of its node at 0 it is the quasi-stationary density.
  const auto sde = double_well();
  auto options = on(*sde, {"linear(-3.2, 2) 400"});
  options.region = set_of(*sde, "-x");
  const auto answer = study::passage(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_NEAR(quantity(answer, "exit_rate"), -well_slowest, 1e-11);
  expect_quantity(answer, "exit_rate", -well_slowest);
  EXPECT_LE(*answer.quantities.at("exit_rate").error, 1e-10);
  EXPECT_LT(value(answer, "mean.x"), -.7);
  // The same from the leading eigenvalue of the problem with a wall.
  const auto wall = spectrum_of(*sde, {"linear(-3.2, 0) 300 truncated absorbing"}, 2);
  ASSERT_EQ(wall.verdict, study::Verdict::converged) << wall.reason;
  EXPECT_NEAR(wall.eigenvalues[0].value.real(), -quantity(answer, "exit_rate"), 1e-10);
  EXPECT_LE(std::abs(wall.eigenvalues[0].value - well_slowest), wall.eigenvalues[0].error);
}

TEST(DoubleWellPassage, TransitionRatesForwardAndBackwardAgreeTo1e8) {
  const auto sde = double_well();
  auto options = on(*sde, {"linear(-3.2, 3.2) 500"});
  options.from = set_of(*sde, "-1 - x");
  options.to = set_of(*sde, "x - 1");
  const auto answer = study::passage(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const double exact = theory::transition_rate(*sde, -1, 1);
  EXPECT_NEAR(quantity(answer, "rate") / quantity(answer, "rate_backward"), 1, 1e-10);
  EXPECT_NEAR(quantity(answer, "rate") / exact, 1, 1e-10);
  expect_quantity(answer, "rate", exact);
  expect_quantity(answer, "rate_backward", exact);
  EXPECT_NEAR(quantity(answer, "transition_time"), quantity(answer, "probability_reactive") / quantity(answer, "rate"),
              1e-12);
}

TEST(DoubleWellPassage, CommittorIsTheScaleFunction) {
  const auto sde = double_well();
  auto options = on(*sde, {"linear(-3.2, 3.2) 320"});
  options.from = set_of(*sde, "-1 - x");
  options.to = set_of(*sde, "x - 0.5");
  const auto answer = study::passage(MPI_COMM_SELF, *sde, options);
  const auto& forward = field(answer, "committor_forward").values;
  const auto& backward = field(answer, "committor_backward").values;
  const Eigen::ArrayXd x = mesh::Axis(answer.mesh[0]).centres();
  double worst = 0;
  double reversed = 0;
  for (Index i = 0; i < x.size(); i += 5) {
    const double exact = x(i) <= -1 ? 0 : x(i) >= .5 ? 1 : theory::committor(*sde, x(i), -1, .5);
    worst = std::max(worst, std::abs(forward[static_cast<std::size_t>(i)] - exact));
    reversed = std::max(reversed, std::abs(backward[static_cast<std::size_t>(i)] - (1 - exact)));
  }
  EXPECT_LE(worst, 1e-11);
  EXPECT_LE(reversed, 1e-11) << "in equilibrium paths back are paths forth";
}

TEST(RotatingDoubleWell, TransitionRatesAgreeOutOfEquilibrium) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "x - x^3 + 0.6*y"},
                               {"drift.y", "-y - 0.6*(x - x^3)"},
                               {"noise.x.1", "sqrt(0.5)"},
                               {"noise.y.2", "sqrt(0.5)"}});
  auto options = on(*sde, {"linear(-2.8, 2.8) 100", "linear(-3, 3) 84"});
  options.from = set_of(*sde, "0.09 - (x + 1)^2 - y^2");
  options.to = set_of(*sde, "0.09 - (x - 1)^2 - y^2");
  const auto answer = study::passage(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_NEAR(quantity(answer, "rate") / quantity(answer, "rate_backward"), 1, 2e-6);
  EXPECT_LE(*answer.quantities.at("rate").error, 1e-4 * quantity(answer, "rate"));
  // Symmetric sets: back is as frequent as forth.
  std::swap(options.from, options.to);
  const auto back = study::passage(MPI_COMM_SELF, *sde, options);
  EXPECT_NEAR(quantity(back, "rate") / quantity(answer, "rate"), 1, 1e-8);
}

}  // namespace
}  // namespace sgdflux::test
