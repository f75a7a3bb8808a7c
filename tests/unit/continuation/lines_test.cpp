#include "sgdflux/continuation/lines.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "continuation/line_crossings.hpp"
#include "support/continuing.hpp"

namespace sgdflux::continuation {
namespace {

using namespace test;

/// y = x + σε over σ, families over T.
TwoFamily teachers() {
  return {"parameters.sigma", {}, [](double sigma) { return teacher_family(1, sigma, {}, "model.T", "auto 400"); }};
}

std::vector<Event> start_events(double sigma, const std::vector<std::string>& kinds) {
  const double critical = theory::critical_temperature(theory::DataMoments::linear_teacher(1, sigma));
  return scan(prober(teachers().at(sigma)), make_events(kinds), .2 * critical, 1.1 * critical, 4);
}

LineOptions along(double from, double to, double step) {
  LineOptions options;
  options.from = from;
  options.to = to;
  options.step = step;
  options.min_step = 1e-3;
  return options;
}

/// The temperature at which the law of the network has this event.
double truth(const std::string& kind, double sigma) {
  const auto moments = theory::DataMoments::linear_teacher(1, sigma);
  const double origin = theory::origin_temperature(moments);
  return kind == "normalisability"   ? theory::critical_temperature(moments)
         : kind == "origin-diverges" ? origin
                                     : theory::mode_vanishing_temperature(moments).value_or(origin);
}

void expect_true(const Line& line, double within) {
  for (const LinePoint& point : line.points) {
    const double off = point.value - truth(line.kind, point.second);
    EXPECT_LE(std::abs(off), point.error) << line.kind << " at " << point.second;
    EXPECT_LE(point.error, within) << line.kind << " at " << point.second;
  }
}

TEST(Lines, OfTheModeEndsOnTheCriticalTemperature) {
  const Lines traced =
      trace(MPI_COMM_SELF, teachers(), start_events(.9, {"normalisability", "mode-vanishes"}), along(.9, .74, .04));
  ASSERT_EQ(traced.lines.size(), 2u);
  for (const Line& line : traced.lines) {
    expect_true(line, 1e-8);
  }
  EXPECT_EQ(traced.lines[1].ended, "parameters.sigma = 0.74 was reached");
  EXPECT_EQ(traced.lines[1].points.size(), 5u);
  EXPECT_NE(traced.lines[0].ended.find("there is no mode-vanishes near the line"), std::string::npos);
  // T* = T_c: (4 + √42 σ)(2 + σ²) = 4(21σ² − 8).
  double low = .8;
  double high = .9;
  for (int step = 0; step < 60; ++step) {
    const double s = 0.5 * (low + high);
    ((4 + std::sqrt(42.) * s) * (2 + s * s) > 4 * (21 * s * s - 8) ? low : high) = s;
  }
  ASSERT_EQ(traced.crossings.size(), 1u);
  const LineCrossing& end = traced.crossings[0];
  EXPECT_EQ(end.first + " " + end.what + " " + end.second_line, "mode-vanishes of v meet normalisability");
  EXPECT_LE(std::abs(end.second - low), end.second_error) << number(end.second);
  EXPECT_LE(std::abs(end.value - 1 / (2 + low * low)), end.error) << number(end.value);
  EXPECT_LE(end.second_error, 1e-5);
}

TEST(Lines, OfTheModeJoinsThatOfTheDivergingOrigin) {
  int seen = 0;
  LineObserver observer;
  observer.accepted = [&](const Line&, const LinePoint&) { ++seen; };
  const Lines traced = trace(MPI_COMM_SELF, teachers(), start_events(2, {"origin-diverges", "mode-vanishes"}),
                             along(2, 2.24, .04), observer);
  ASSERT_EQ(traced.lines.size(), 2u);
  for (const Line& line : traced.lines) {
    expect_true(line, 1e-8);
    EXPECT_EQ(line.points.size(), 7u);
  }
  EXPECT_EQ(seen, 12);
  ASSERT_EQ(traced.crossings.size(), 1u);
  EXPECT_EQ(traced.crossings[0].what, "meet");
  EXPECT_NEAR(traced.crossings[0].second, std::sqrt(14. / 3), 1e-4);
  EXPECT_LE(std::abs(traced.crossings[0].second - std::sqrt(14. / 3)), traced.crossings[0].second_error);
  EXPECT_LE(std::abs(traced.crossings[0].value - .05), traced.crossings[0].error) << "1/(3(2 + 14/3))";
}

/// dx = −(x − c)dt + √2 dW: the mean reaches d at c = d, and c² + 1 reaches 1 + 2d at √(2d).
TEST(Lines, OfFormulasCross) {
  const TwoFamily families{"parameters.d", {}, [](double d) {
                             return make_family({{"parameters.d", number(d)},
                                                 {"model.name", "formula"},
                                                 {"model.variables", "x"},
                                                 {"model.parameters", "c=0"},
                                                 {"model.drift.x", "c - x"},
                                                 {"model.noise.x.1", "sqrt(2)"}},
                                                "model.c", {"linear(-7, 10) 80"}, {{"second", "x^2"}});
                           }};
  LineOptions options = along(1, 2.5, .5);
  options.inquiry.stationary.estimate = false;
  options.formulas = {{"line", "mean.x - d"}, {"parabola", "second - 1 - 2*d"}};
  const Lines traced =
      trace(MPI_COMM_SELF, families, {{"line", "", 1, 1e-9, ""}, {"parabola", "", std::sqrt(2.), 1e-9, ""}}, options);
  for (const LinePoint& point : traced.lines[1].points) {
    EXPECT_LE(std::abs(point.value - std::sqrt(2 * point.second)), point.error);
    EXPECT_LE(point.error, 1e-7);
  }
  ASSERT_EQ(traced.crossings.size(), 1u);
  EXPECT_EQ(traced.crossings[0].what, "cross");
  EXPECT_LE(std::abs(traced.crossings[0].second - 2), traced.crossings[0].second_error);
  EXPECT_LE(std::abs(traced.crossings[0].value - 2), traced.crossings[0].error);
  EXPECT_LE(traced.crossings[0].second_error, 1e-6);
}

/// A line along f where it exists, at steps of 0.1 from 0 to `to`.
Line along_function(const std::function<double(double)>& f, double to) {
  Line line{"kind", "", {}, ""};
  for (double x = 0; x < to + 1e-9; x += .1) {
    line.points.push_back({x, f(x), 1e-12});
  }
  return line;
}

std::vector<LineCrossing> crossings_of(const std::function<double(double)>& f, double f_to,
                                       const std::function<double(double)>& g, double g_to) {
  const Line first = along_function(f, f_to);
  const Line second = along_function(g, g_to);
  return line_crossings({{&first,
                          [&](double x) {
                            return std::optional(LinePoint{x, f(x), 1e-12});
                          }},
                         {&second,
                          [&](double x) {
                            return std::optional(LinePoint{x, g(x), 1e-12});
                          }}},
                        1e-10);
}

TEST(LineCrossings, AreRootsMeetingsAndTouchesAndNothingElse) {
  const auto zero = [](double) { return 0.; };
  const auto cosine = crossings_of([](double x) { return std::cos(x); }, 3, zero, 3);
  ASSERT_EQ(cosine.size(), 1u);
  EXPECT_LE(std::abs(cosine[0].second - std::acos(0.)), cosine[0].second_error);
  EXPECT_LE(cosine[0].second_error, 1e-9);
  const auto ends = crossings_of([](double x) { return 2.06 - x + .1 * x * x; }, 2.8, zero, 4);
  const double root = 5 - std::sqrt(25 - 20.6);
  ASSERT_EQ(ends.size(), 1u) << "the first line ends shortly before it reaches the other one";
  EXPECT_NEAR(ends[0].second, root, 1e-3);
  EXPECT_LE(std::abs(ends[0].second - root), ends[0].second_error);
  const auto joins = crossings_of([](double x) { return x < 1.53 ? std::pow(1.53 - x, 2) : 0; }, 3, zero, 3);
  ASSERT_EQ(joins.size(), 1u);
  EXPECT_NEAR(joins[0].second, 1.53, 1e-6);
  EXPECT_TRUE(crossings_of([](double x) { return 2 + std::cos(x); }, 3, zero, 2).empty());
  EXPECT_TRUE(crossings_of([](double x) { return 2 + x; }, 3, zero, 3).empty());
}

TEST(LineOptions, AreCheckedBeforeAnythingIsSolved) {
  const auto message = [](LineOptions options) {
    try {
      options.validate({"parameters.sigma", {.lower = 0}, {}});
      return std::string("accepted");
    } catch (const core::SettingsError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(message(along(1, 2, .1)), "accepted");
  EXPECT_EQ(message(along(1, 1, .1)), "lines.to = 1: allowed is a number other than lines.from");
  EXPECT_EQ(message(along(1, 2, 0)), "lines.step = 0: allowed is a positive number");
  EXPECT_EQ(message(along(1, 2, 1e-4)), "lines.min_step = 0.001: allowed is 0 < value ≤ lines.step");
  EXPECT_NE(message(along(-1, 2, .1)).find("lines.from = -1: allowed is parameters.sigma in"), std::string::npos);
}

}  // namespace
}  // namespace sgdflux::continuation
