#include "sgdflux/core/settings.hpp"

#include <gtest/gtest.h>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::core {
namespace {

Settings with(const std::string& key, const std::string& value) {
  Settings settings;
  settings.set("parameters.k", "2", "run.ini:2");
  settings.set("parameters.sigma", "k/4", "run.ini:3");
  settings.set(key, value, "run.ini:7");
  return settings;
}

template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const SettingsError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(Settings, LaterLinesReplaceButKeepTheFirstPlace) {
  Settings settings;
  settings.set("model.T", "1", "a.ini:1");
  settings.set("mesh.s", "auto 800", "a.ini:5");
  settings.set("model.depth", "2", "a.ini:2");
  settings.set("model.T", " 3 ", "command line");
  EXPECT_EQ(settings.find("model.T")->value, "3");
  EXPECT_EQ(settings.find("model.T")->origin, "command line");
  EXPECT_EQ(settings.keys("model"), (std::vector<std::string>{"T", "depth"}));
  EXPECT_EQ(settings.sections(), (std::vector<std::string>{"model", "mesh"}));
  settings.erase("model.T");
  EXPECT_FALSE(settings.has("model.T"));
  EXPECT_EQ(settings.keys("model"), (std::vector<std::string>{"depth"}));
}

TEST(Settings, NumbersMayBeFormulasOfTheConstants) {
  EXPECT_DOUBLE_EQ(with("model.alpha3", "2*k^2 + sigma^2").real("model.alpha3", 0), 8.25);
  EXPECT_EQ(with("model.sign", "+1").integer("model.sign", 0), 1);
  EXPECT_EQ(with("mesh.n", "10*k").integer("mesh.n", 0), 20);
  EXPECT_EQ(Settings().real("model.T", 0.1), 0.1);
}

TEST(Settings, ConstantsUseEarlierOnesOnly) {
  const std::map<std::string, double> constants = with("a.b", "1").constants();
  EXPECT_EQ(constants.at("sigma"), 0.5);
  Settings reversed;
  reversed.set("parameters.sigma", "k/4", "run.ini:2");
  reversed.set("parameters.k", "2", "run.ini:3");
  EXPECT_EQ(refusal([&] { static_cast<void>(reversed.constants()); }).substr(0, 36),
            "run.ini:2: parameters.sigma = k/4: u");
  EXPECT_THROW(static_cast<void>(with("parameters.sin", "1").constants()), SettingsError);
}

TEST(Settings, RefusalsNameOriginKeyValueAndRange) {
  const Range positive{0, std::numeric_limits<double>::infinity(), true};
  EXPECT_EQ(refusal([&] { static_cast<void>(with("model.T", "-1").real("model.T", 1, positive)); }),
            "run.ini:7: model.T = -1: out of range; allowed is value > 0");
  EXPECT_EQ(refusal([&] {
              static_cast<void>(with("model.beta", "1").real("model.beta", 1, {0, 1, false, true}));
            }),
            "run.ini:7: model.beta = 1: out of range; allowed is 0 ≤ value < 1");
  EXPECT_EQ(refusal([&] { static_cast<void>(with("mesh.n", "2.5").integer("mesh.n", 1, {1})); }),
            "run.ini:7: mesh.n = 2.5: out of range; allowed is an integer ≥ 1");
  EXPECT_EQ(refusal([&] {
              static_cast<void>(with("scheme.flux", "ordr4").choice("scheme.flux", "", {"order4", "exact"}));
            }),
            "run.ini:7: scheme.flux = ordr4: unknown value 'ordr4'; did you mean 'order4'?");
}

TEST(Settings, NanAndInfinityAreNoNumbers) {
  for (const char* text : {"nan", "inf", "-inf", "1/0", "1e999", "", "NaN", "infinity"}) {
    EXPECT_THROW(static_cast<void>(with("model.T", text).real("model.T", 1)), SettingsError) << text;
  }
}

TEST(Settings, ListsSplitAtBlanksOutsideBrackets) {
  EXPECT_EQ(with("a.b", "1  k*2 (1 + sigma) max(3, 4)").list("a.b", {}), (std::vector<double>{1, 4, 1.5, 4}));
  EXPECT_EQ(with("a.b", "linear(-92, 21) 800").words("a.b"), (std::vector<std::string>{"linear(-92, 21)", "800"}));
  EXPECT_EQ(Settings().list("a.b", {7}), (std::vector<double>{7}));
  EXPECT_THROW(static_cast<void>(with("a.b", "1 -2").list("a.b", {}, {0})), SettingsError);
  EXPECT_THROW(static_cast<void>(with("a.b", "").list("a.b", {})), SettingsError);
}

TEST(Settings, MatricesHaveRowsOfEqualLength) {
  const Eigen::MatrixXd a = with("a.b", "1 k; 3 (2 + 2); sigma 6").matrix("a.b", {});
  Eigen::MatrixXd expected(3, 2);
  expected << 1, 2, 3, 4, 0.5, 6;
  EXPECT_EQ(a, expected);
  EXPECT_EQ(refusal([] { static_cast<void>(with("a.b", "1 2; 3").matrix("a.b", {})); }),
            "run.ini:7: a.b = 1 2; 3: row 2 has 1 numbers, the first row 2");
  EXPECT_THROW(static_cast<void>(with("a.b", "").matrix("a.b", {})), SettingsError);
}

TEST(Settings, FlagsKnowTheUsualWords) {
  for (const char* text : {"on", "1", "true", "yes"}) {
    EXPECT_TRUE(with("a.b", text).flag("a.b", false)) << text;
  }
  for (const char* text : {"off", "0", "false", "no"}) {
    EXPECT_FALSE(with("a.b", text).flag("a.b", true)) << text;
  }
  EXPECT_THROW(static_cast<void>(with("a.b", "maybe").flag("a.b", true)), SettingsError);
  EXPECT_TRUE(Settings().flag("a.b", true));
}

TEST(Settings, UnknownKeysNameTheNearest) {
  const Settings settings = with("scheme.flx", "exact");
  EXPECT_EQ(refusal([&] {
              settings.reject_unknown("scheme", {"flux", "damping"});
            }),
            "run.ini:7: unknown key 'flx'; did you mean 'flux'? (section [scheme])");
  EXPECT_NO_THROW(settings.reject_unknown("scheme", {"flx"}));
}

}  // namespace
}  // namespace sgdflux::core
