/// Densities over time against exact moments: docs/theory.md, sections 2.4 and 3.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sgdflux/theory/balance.hpp"
#include "support/dynamics.hpp"
#include "support/solving.hpp"

namespace sgdflux::test {
namespace {

/// Largest deviation of means and covariances of (θ, v), in units of the stationary standard deviations.
double deviation(const study::EvolveAnswer& answer, std::size_t k, const theory::Moments& exact,
                 const Eigen::Vector2d& unit) {
  const char* names[] = {"theta", "v"};
  double worst = 0;
  for (int a = 0; a < 2; ++a) {
    const double mean = answer.series.at(std::string("mean.") + names[a]).values[k];
    worst = std::max(worst, std::abs(mean - exact.mean(a)) / unit(a));
    for (int b = a; b < 2; ++b) {
      const double found = answer.series.at(std::string("cov.") + names[a] + "." + names[b]).values[k];
      worst = std::max(worst, std::abs(found - exact.covariance(a, b)) / (unit(a) * unit(b)));
    }
  }
  return worst;
}

void expect_covered_moments(const study::EvolveAnswer& answer, std::size_t k, const theory::Moments& exact) {
  expect_covered(answer.series.at("mean.theta"), k, exact.mean(0), "mean.theta");
  expect_covered(answer.series.at("mean.v"), k, exact.mean(1), "mean.v");
  expect_covered(answer.series.at("cov.theta.theta"), k, exact.covariance(0, 0), "cov.theta.theta");
  expect_covered(answer.series.at("cov.theta.v"), k, exact.covariance(0, 1), "cov.theta.v");
  expect_covered(answer.series.at("cov.v.v"), k, exact.covariance(1, 1), "cov.v.v");
}

theory::Moments start_of(const study::EvolveOptions& options) {
  return {options.initial.center, options.initial.width.array().square().matrix().asDiagonal()};
}

/// From a point two standard deviations off, through a few slow relaxation times.
void expect_propagator(const Momentum& mode) {
  const auto sde = mode.sde();
  const Eigen::Vector2d unit = mode.spread();
  const Eigen::Vector2d center(2 * unit(0), -unit(1));
  const double slow = mode.theory.rate(mode.rho, -1).real();
  const auto options = from_point(*sde, mode.axes(80, 8), center, .35 * unit, equal_times(4 / slow, 20));
  const auto answer = study::evolve(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const auto exact = theory::linear_dynamics(*sde);
  for (std::size_t k = 0; k < answer.times.size(); ++k) {
    const theory::Moments truth = exact->moments(answer.times[k], start_of(options));
    EXPECT_LE(deviation(answer, k, truth, unit), 1e-6) << "at time " << answer.times[k];
    expect_covered_moments(answer, k, truth);
    EXPECT_NEAR(answer.reference->at("mean.theta")[k], truth.mean(0), 1e-13 * unit(0));
  }
  EXPECT_LE(answer.audit.mass_error, 1e-12);
  for (const double mass : answer.series.at("mass").values) {
    EXPECT_NEAR(mass, 1, 1e-12);
  }
}

TEST(MomentumEvolution, UnderdampedFollowsThePropagator) { expect_propagator(underdamped()); }
TEST(MomentumEvolution, CriticallyDampedFollowsThePropagator) { expect_propagator(critically_damped()); }
TEST(MomentumEvolution, OverdampedFollowsThePropagator) { expect_propagator(overdamped()); }

/// Learning rate down to a half, momentum down, batch up.
struct Annealing {
  double until = 2;
  [[nodiscard]] Momentum at(double time) const {
    Momentum mode = underdamped();
    const double s = time / until;
    mode.theory.eta = .1 * (1 - .5 * s);
    mode.theory.beta = .9 - .2 * s * s;
    mode.theory.batch = 32 * (1 + s);
    return mode;
  }
};

TEST(MomentumEvolution, FollowsASchedule) {
  const Annealing annealing;
  const Momentum first = annealing.at(0);
  const auto sde = first.sde();
  const Eigen::Vector2d unit = first.spread();
  const Eigen::Vector2d center(2 * unit(0), -unit(1));
  auto options = from_point(*sde, first.axes(44, 7), center, .5 * unit, {.5, 1, 2}, {"auto", -1, false});
  options.schedule = [&](double time) { return annealing.at(time).sde(); };
  options.tolerance = 3e-10;
  const auto answer = study::evolve(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const auto coefficients = [&](double time) {
    return theory::linear_dynamics(*annealing.at(time).sde())->coefficients();
  };
  const auto truth = theory::moments_over_time(coefficients, start_of(options), {0, .5, 1, 2});
  for (std::size_t k = 0; k < answer.times.size(); ++k) {
    EXPECT_LE(deviation(answer, k, truth[k + 1], unit), 1e-6) << "at time " << answer.times[k];
  }
  EXPECT_LE(answer.audit.mass_error, 1e-12);
  // A generator that is assembled once and for all ends elsewhere.
  const auto frozen = theory::linear_dynamics(*sde)->moments(2, start_of(options));
  EXPECT_GT(std::abs(answer.series.at("cov.theta.theta").values[2] - frozen.covariance(0, 0)), .3 * unit(0) * unit(0));
}

TEST(MomentumEvolution, AScheduleThatJumpsIsTwoRunsInARow) {
  const auto at = [](double eta) {
    return make_model(
        {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", number(std::sqrt(eta))}});
  };
  const auto sde = at(.1);
  const std::vector<std::string> axes{"linear(-4, 4) 200"};
  const Eigen::VectorXd center = Eigen::VectorXd::Constant(1, .5);
  const Eigen::VectorXd width = Eigen::VectorXd::Constant(1, .2);
  const StudySetup alone{"auto", -1, false};
  auto options = from_point(*sde, axes, center, width, {1, 2}, alone);
  options.schedule = [&](double time) { return at(time <= 1 ? .1 : .6); };
  options.tolerance = 1e-11;
  const auto jumping = study::evolve(MPI_COMM_SELF, *sde, options);
  const auto first = study::evolve(MPI_COMM_SELF, *sde, from_point(*sde, axes, center, width, {1}, alone));
  auto second = from_point(*sde, axes, center, width, {1}, alone);
  const auto& kept = field(first, "density").values;
  second.initial = study::stored_density(*sde, first.mesh, Eigen::Map<const Eigen::ArrayXd>(kept.data(), 200), "first");
  const auto end = study::evolve(MPI_COMM_SELF, *at(.6), second);
  EXPECT_NEAR(value(jumping, "mean.x1"), value(end, "mean.x1"), 1e-7);
  EXPECT_NEAR(value(jumping, "cov.x1.x1"), value(end, "cov.x1.x1"), 1e-7);
  EXPECT_NEAR(value(end, "cov.x1.x1"), .3 + (.05 + (.04 - .05) * std::exp(-2.) - .3) * std::exp(-2.), 1e-9);
}

/// E[f(t₂)] − E[f(t₁)] by the density and ∫ of its rate by Gauss–Legendre points of five outputs between.
TEST(BalancePairEvolution, ImbalanceDecaysByTheLawOfBalance) {
  const auto sde = make_model({{"name", "balance-pair"},
                               {"T", "0.005"},
                               {"gamma", "0.005"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  const double begin = .02;
  const double length = .02;
  const double nodes[] = {-.906179845938664, -.538469310105683, 0, .538469310105683, .906179845938664};
  const double weights[] = {.236926885056189, .478628670499366, .568888888888889, .478628670499366, .236926885056189};
  std::vector<double> times{begin};
  for (const double node : nodes) {
    times.push_back(begin + .5 * length * (1 + node));
  }
  times.push_back(begin + length);
  const auto options = from_point(*sde, {"linear(-1.3, 0.9) 110", "log(0.15, 1.5) 110"}, Eigen::Vector2d(-.2, .5),
                                  Eigen::Vector2d(.06, .03), times, {"auto", -1, false});
  const std::vector<model::Observable> observables{{*sde, "balance", "log(abs(imbalance))"},
                                                   {*sde, "rate", "-4*(T*(alpha1*v^2 - 2*alpha2*v + alpha3) + gamma)"}};
  const auto answer = study::evolve(MPI_COMM_SELF, *sde, options, observables);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const auto& balance = answer.series.at("balance").values;
  const auto& rate = answer.series.at("rate").values;
  double mean_rate = 0;
  for (std::size_t k = 0; k < 5; ++k) {
    mean_rate += .5 * weights[k] * rate[k + 1];
  }
  EXPECT_NEAR((balance.back() - balance.front()) / length, mean_rate, 1e-9);
  EXPECT_LE(answer.audit.outside_mass, 1e-9);
  EXPECT_LT(mean_rate, -.03);
  EXPECT_GT(std::abs(rate.back() - rate.front()), 1e-5) << "the density moves";
}

/// A two-layer neuron in a spot above the balanced manifold, evolved by a positive scheme.
study::EvolveAnswer unbalanced(const std::string& flux, Index cells, const std::string& phi, const std::string& ends,
                               double until) {
  const auto sde = make_model({{"name", "balance-pair"},
                               {"T", "0.005"},
                               {"gamma", "0.005"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  const std::string count = std::to_string(cells);
  auto options = from_point(*sde, {"linear(-1.3, 0.9) " + count, phi + " " + count + ends}, Eigen::Vector2d(-.2, .5),
                            Eigen::Vector2d(.12, .06), equal_times(until, 10), {flux, -1, false});
  options.outputs.insert(options.outputs.begin(), 0.);
  options.tolerance = 1e-5;
  const std::vector<model::Observable> observables{{*sde, "balance", "log(abs(imbalance))"},
                                                   {*sde, "distance", "abs(phi)"},
                                                   {*sde, "rate", "-4*(T*(alpha1*v^2 - 2*alpha2*v + alpha3) + gamma)"}};
  auto answer = study::evolve(MPI_COMM_SELF, *sde, options, observables);
  EXPECT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_GE(answer.audit.min_density, 0) << flux;
  EXPECT_EQ(answer.audit.negative_mass, 0) << flux;
  EXPECT_LE(answer.audit.mass_error, 1e-12) << flux;
  return answer;
}

/// |E[ln|u² − w²|] at the end / what −4(T E[g] + γ) adds up to − 1| (ten intervals, Simpson).
double deviation_from_balance(const std::string& flux, Index cells) {
  const double until = .2;
  const auto answer = unbalanced(flux, cells, "log(0.15, 1.5)", "", until);
  const auto& balance = answer.series.at("balance").values;
  const auto& rate = answer.series.at("rate").values;
  double law = rate.front() + rate.back();
  for (std::size_t k = 1; k < 10; ++k) {
    law += (k % 2 == 1 ? 4 : 2) * rate[k];
  }
  law *= until / 30;
  EXPECT_LT(law, -.008);
  return std::abs((balance.back() - balance.front()) / law - 1);
}

TEST(BalancePairEvolution, PositiveDensitiesObeyTheLawOfBalanceToo) {
  const Convergence family =
      measure({24, 36, 54}, [](Index cells) { return deviation_from_balance("monotone", cells); });
  EXPECT_GE(family.order(), 1) << family.text();
  EXPECT_LE(family.errors.back(), .13) << family.text();
  EXPECT_LE(deviation_from_balance("limited", 24), .01);
  EXPECT_LE(deviation_from_balance("limited", 36), 4e-4);
}

/// u² − w² keeps its sign along every path, and ln φ makes that exact on a grid. A wall catches what falls to .03.
TEST(BalancePairEvolution, ContractsOntoTheBalancedManifold) {
  const auto distances = [](const std::string& flux, double until) {
    const auto answer = unbalanced(flux, 28, "log(0.03, 1.5)", " reflecting truncated", until);
    const auto& distance = answer.series.at("distance").values;
    EXPECT_NEAR(distance.front(), .5, 1e-3);
    for (std::size_t k = 1; k < distance.size(); ++k) {
      EXPECT_LT(distance[k], distance[k - 1]) << flux << k;
    }
    return distance;
  };
  EXPECT_LE(distances("monotone", 200).back(), .06) << "two cells from the wall";
  const double limited = distances("limited", 3).back();
  EXPECT_LT(limited, distances("monotone", 3).back() - .02) << "no numerical diffusion against the contraction";
}

}  // namespace
}  // namespace sgdflux::test
