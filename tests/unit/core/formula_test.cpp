#include "sgdflux/core/formula.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::core {
namespace {

/// The message of the SettingsError that parsing ends in; fails the test when there is none.
std::string refusal(const std::string& expression) {
  try {
    Formula("drift.x", expression, {"x", "velocity"}, {{"sigma", 2.0}});
  } catch (const SettingsError& error) {
    return error.what();
  }
  ADD_FAILURE() << expression << " was accepted";
  return {};
}

double value(const std::string& expression, double x) { return Formula("f", expression, {"x"})({x}); }

TEST(Formula, HasTheMathematicsOfTheManual) {
  EXPECT_DOUBLE_EQ(value("log(x)", 2), std::log(2.0));
  EXPECT_DOUBLE_EQ(value("2*pi*x", 3), 6 * M_PI);
  EXPECT_DOUBLE_EQ(value("_pi + _e", 0), M_PI + M_E);
  EXPECT_DOUBLE_EQ(value("-x^2", 3), -9);
  EXPECT_DOUBLE_EQ(value("2^3^2", 0), 512);
  EXPECT_DOUBLE_EQ(value("x > 1 && x < 3 ? 10 : 20", 2), 10);
  EXPECT_DOUBLE_EQ(value("x > 1 && x < 3 ? 10 : 20", 4), 20);
  EXPECT_DOUBLE_EQ(value("min(x, 2) + max(1, x) + sum(1, 2, x)", 5), 2 + 5 + 8);
  EXPECT_DOUBLE_EQ(value("x == 1", 1) + value("x != 1", 2) + value("x <= 1", 1) + value("x >= 1", 1), 4);
  EXPECT_DOUBLE_EQ(value("1e-3*x + 2E+2", 1), 200.001);
  EXPECT_DOUBLE_EQ(value("x^3 - x*x*x", 7), 0);
}

TEST(Formula, BatchEqualsPointsInAnyLength) {
  const Formula f("f", "a*x^2 - sin(y)/x", {"x", "unused", "y"}, {{"a", 3.0}});
  const Batch columns = Batch::Random(2500, 3) + 2;
  const Eigen::ArrayXd values = f.evaluate(columns);
  ASSERT_EQ(values.size(), 2500);
  for (Eigen::Index i = 0; i < columns.rows(); i += 311) {
    const double x = columns(i, 0);
    EXPECT_DOUBLE_EQ(values[i], 3 * x * x - std::sin(columns(i, 2)) / x);
    EXPECT_EQ(values[i], f({x, 0, columns(i, 2)}));
  }
  EXPECT_EQ(f.used(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(f.evaluate(Batch(0, 3)).size(), 0);
}

TEST(Formula, LetsNanAndInfinityPass) {
  EXPECT_TRUE(std::isnan(value("sqrt(x)", -1)));
  EXPECT_TRUE(std::isinf(value("1/x", 0)));
}

TEST(Formula, SurvivesAMove) {
  Formula f("f", "x + 1", {"x"});
  const Formula g = std::move(f);
  EXPECT_EQ(g({2}), 3);
}

TEST(Formula, RefusalsNameFormulaAndCause) {
  EXPECT_EQ(refusal("x = 5"), "drift.x = x = 5: assignment is not allowed in a formula ('==' compares)");
  EXPECT_EQ(refusal("x, velocity"),
            "drift.x = x, velocity: a comma is allowed only between the arguments of a function");
  EXPECT_EQ(refusal("(x, velocity)"),
            "drift.x = (x, velocity): a comma is allowed only between the arguments of a function");
  EXPECT_EQ(refusal("-velocty"), "drift.x = -velocty: unknown symbol 'velocty'; did you mean 'velocity'?");
  EXPECT_EQ(refusal("2*sigm"), "drift.x = 2*sigm: unknown symbol 'sigm'; did you mean 'sigma'?");
  EXPECT_EQ(refusal("sqr(x)"), "drift.x = sqr(x): unknown function 'sqr'; did you mean 'sqrt'?");
  EXPECT_EQ(refusal("sin x"), "drift.x = sin x: function 'sin' needs its arguments in brackets");
  EXPECT_EQ(refusal("x (2)"), "drift.x = x (2): 'x' is no function; write '*' for a product");
  EXPECT_EQ(refusal("2x"), "drift.x = 2x: an operator is missing before 'x'");
  EXPECT_EQ(refusal("x +"), "drift.x = x +: the formula ends too early");
  EXPECT_EQ(refusal("(x"), "drift.x = (x: a closing bracket is missing");
  EXPECT_EQ(refusal("x)"), "drift.x = x): unexpected bracket ')'");
  EXPECT_EQ(refusal(""), "drift.x = : the formula is empty");
  EXPECT_EQ(refusal("sin(x, 1)"), "drift.x = sin(x, 1): too many arguments for function 'sin'");
  EXPECT_EQ(refusal("atan2(x)"), "drift.x = atan2(x): too few arguments for function 'atan2'");
  EXPECT_EQ(refusal("x ? 1"), "drift.x = x ? 1: '?' without ':'");
  EXPECT_EQ(refusal("\"a\""), "drift.x = \"a\": formulas have no strings");
}

TEST(Formula, SymbolsMustBeIdentifiers) {
  EXPECT_THROW(Formula("f", "1", {"sin"}), SettingsError);
  EXPECT_THROW(Formula("f", "1", {"pi"}), SettingsError);
  EXPECT_THROW(Formula("f", "1", {"2x"}), SettingsError);
}

TEST(Formula, ANameWithTwoMeaningsIsRefusedWhereItIsUsed) {
  EXPECT_THROW(Formula("f", "x + 1", {"x"}, {{"x", 1.0}}), SettingsError);
  EXPECT_EQ(Formula("f", "y + 1", {"x", "y"}, {{"x", 1.0}})({0, 2}), 3);
}

TEST(Formula, ConstantsMustBeFinite) {
  EXPECT_EQ(evaluate_constant("model.T", "k/4", {{"k", 2.0}}), 0.5);
  EXPECT_THROW(static_cast<void>(evaluate_constant("model.T", "1/0", {})), SettingsError);
  EXPECT_THROW(static_cast<void>(evaluate_constant("model.T", "sqrt(-1)", {})), SettingsError);
}

}  // namespace
}  // namespace sgdflux::core
