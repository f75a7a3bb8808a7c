/// Observed orders of eigenvalues, of densities in time and of first-passage times next to walls and sets.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/passage_line.hpp"
#include "support/dynamics.hpp"
#include "support/solving.hpp"

namespace sgdflux::test {
namespace {

const char* const fluxes[] = {"order2", "order4", "order6", "order8"};
int order_of(const std::string& flux) { return flux.back() - '0'; }

std::string linear(double lower, double upper, Index cells, const char* walls = "") {
  return "linear(" + number(lower) + ", " + number(upper) + ") " + std::to_string(cells) + walls;
}

TEST(Eigenvalues, OfTheDoubleWellConvergeWithTheOrderOfTheFlux) {
  const auto sde = double_well();
  const double ceilings[] = {3e-3, 3e-5, 6e-7, 2e-8};
  for (std::size_t f = 0; f < 4; ++f) {
    const Convergence family = measure({36, 48, 64, 84}, [&](Index n) {
      const auto answer = spectrum_of(*sde, {linear(-3, 3, n)}, 3, {fluxes[f], -1, false});
      return std::abs(answer.eigenvalues.at(2).value - well_next) / std::abs(well_next);
    });
    EXPECT_GE(family.order(), order_of(fluxes[f]) - .5) << fluxes[f] << ' ' << family.text();
    EXPECT_LE(family.errors.back(), ceilings[f]) << fluxes[f] << ' ' << family.text();
  }
}

/// dx = v dt, dv = −(x + x³ + v) dt + dW. The eigenvalue is from 36 × 44 Hermite functions of v and x, to 12 digits.
TEST(Eigenvalues, OfAQuarticOscillatorWithNoiseInOneVariableConvergeWithTheOrderOfTheDampedFlux) {
  const auto sde = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "-x - x^3 - v"}, {"noise.v.1", "1"}});
  const std::complex<double> truth(-.54162305986, 1.21409405108);
  const double ceilings[] = {3e-3, 1e-4, 1.5e-6, 4e-8};
  for (std::size_t f = 0; f < 4; ++f) {
    const Convergence family = measure({32, 40, 48, 60}, [&](Index n) {
      const auto answer = spectrum_of(*sde, {linear(-2.8, 2.8, n), linear(-5, 5, n)}, 2, {fluxes[f], 1, false});
      return std::abs(answer.eigenvalues.at(1).value - truth) / std::abs(truth);
    });
    EXPECT_GE(family.order(), order_of(fluxes[f]) - 1.5) << fluxes[f] << ' ' << family.text();
    EXPECT_LE(family.errors.back(), ceilings[f]) << fluxes[f] << ' ' << family.text();
  }
}

TEST(Evolution, OfTheDoubleWellConvergesWithTheOrderOfTheFlux) {
  const auto sde = double_well();
  const auto run = [&](Index n, const char* flux) {
    auto options = from_point(*sde, {linear(-3, 3, n)}, Eigen::VectorXd::Constant(1, -.5),
                              Eigen::VectorXd::Constant(1, .3), {.7}, {flux, -1, false});
    return value(study::evolve(MPI_COMM_SELF, *sde, options), "cov.x.x");
  };
  const double truth = run(300, "order8");
  const double ceilings[] = {1e-3, 1.2e-5, 2e-7, 2e-9};
  for (std::size_t f = 0; f < 4; ++f) {
    const Convergence family = measure({30, 40, 54, 72}, [&](Index n) { return std::abs(run(n, fluxes[f]) - truth); });
    EXPECT_GE(family.order(), order_of(fluxes[f]) - .5) << fluxes[f] << ' ' << family.text();
    EXPECT_LE(family.errors.back(), ceilings[f]) << fluxes[f] << ' ' << family.text();
  }
}

TEST(Evolution, ConvergesWithTheOrderOfTheStepper) {
  const auto sde = double_well();
  const auto run = [&](const std::string& stepper, double step) {
    auto options = from_point(*sde, {linear(-3, 3, 60)}, Eigen::VectorXd::Constant(1, -.5),
                              Eigen::VectorXd::Constant(1, .3), {1}, {"auto", -1, false});
    options.stepper = stepper;
    options.step = step;
    return value(study::evolve(MPI_COMM_SELF, *sde, options), "mean.x");
  };
  const double truth = run("exponential", 0);
  const struct {
    const char* name;
    double order, ceiling;
  } expectations[] = {
      {"beuler", 1, 5e-4}, {"cn", 2, 4e-6}, {"bdf", 2, 1.5e-5}, {"arkimex", 3, 5e-8}, {"rosw", 3, 5e-8}};
  for (const auto& [name, order, ceiling] : expectations) {
    const Convergence family =
        measure({10, 20, 40, 80}, [&](Index n) { return std::abs(run(name, 1. / static_cast<double>(n)) - truth); });
    EXPECT_GE(family.order(), order - .3) << name << ' ' << family.text();
    EXPECT_LE(family.errors.back(), ceiling) << name << ' ' << family.text();
  }
}

double mean_time(const model::Sde& sde, const std::vector<std::string>& axes, const Eigen::VectorXd& start,
                 const char* exit, const char* flux) {
  auto options = options_on<study::PassageOptions>(sde, axes, {flux, -1, false});
  options.start = start;
  if (exit != nullptr) {
    options.exit = set_of(sde, exit);
  }
  const auto answer = study::passage(MPI_COMM_SELF, sde, options);
  EXPECT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  return answer.quantities.at("mean_time").value.value();
}

/// Order at least 4 at absorbing surfaces between the first grid and the last: where the surface cuts the cells differs
/// from one to the next.
void expect_fourth_order(const Convergence& family, double ceiling, const char* flux) {
  const double order =
      std::log(family.errors.front() / family.errors.back()) / std::log(family.cells.back() / family.cells.front());
  EXPECT_GE(order, 3.9) << flux << ' ' << family.text();
  EXPECT_LE(family.errors.back(), ceiling) << flux << ' ' << family.text();
}

TEST(FirstPassage, ConvergesAtAWallAndAtASetWithFourthOrderOrMore) {
  const auto sde = double_well();
  const auto start = Eigen::VectorXd::Constant(1, -1);
  const double at_wall = theory::first_passage(*sde, -1, {}, theory::Edge::absorbing(.5)).mean;
  const double ceilings[] = {5e-6, 5e-8, 1e-9};
  for (std::size_t f = 1; f < 4; ++f) {
    expect_fourth_order(measure({28, 40, 56, 80},
                                [&](Index n) {
                                  return std::abs(mean_time(*sde, {linear(-2.8, .5, n, " truncated absorbing")}, start,
                                                            nullptr, fluxes[f]) /
                                                      at_wall -
                                                  1);
                                }),
                        ceilings[f - 1], fluxes[f]);
    expect_fourth_order(
        measure({42, 60, 84, 120},
                [&](Index n) {
                  return std::abs(mean_time(*sde, {linear(-2.8, 2.2, n)}, start, "x - 0.5", fluxes[f]) / at_wall - 1);
                }),
        ceilings[f - 1], fluxes[f]);
  }
}

TEST(FirstPassage, OutOfADiscConvergesWithFourthOrderOrMore) {
  // dx = −x dt + dW in the plane, out of the unit disc: T(r) = ½[Ein(1) − Ein(r²)], Ein(z) = Σ zᵏ/(k·k!).
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.2", "1"}});
  const auto ein = [](double z) {
    double sum = 0;
    double term = 1;
    for (int k = 1; k < 30; ++k) {
      term *= z / k;
      sum += term / k;
    }
    return sum;
  };
  const Eigen::Vector2d start(.31, -.17);
  const double truth = .5 * (ein(1) - ein(start.squaredNorm()));
  const double ceilings[] = {3e-7, 1e-9, 1e-10};
  for (std::size_t f = 1; f < 4; ++f) {
    const Convergence family = measure({24, 34, 48, 68}, [&](Index n) {
      return std::abs(
          mean_time(*sde, {linear(-1.3, 1.3, n), linear(-1.3, 1.3, n)}, start, "x^2 + y^2 - 1", fluxes[f]) / truth - 1);
    });
    expect_fourth_order(family, ceilings[f - 1], fluxes[f]);
  }
}

}  // namespace
}  // namespace sgdflux::test
