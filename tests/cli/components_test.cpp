/// Ergodic components seen from outside: exit codes, members of the report, the table on the terminal.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace sgdflux::test {
namespace {

using Json = nlohmann::json;

const std::string split =
    "[model]\nname = formula\nvariables = x\nparameters = sigma=1\ndrift.x = x - x^3\nnoise.x.1 = sigma*x\n"
    "[mesh]\nx = auto 200\n[observe]\nfourth = x^4\n[output]\ndir = out\n";
const std::string wells =
    "[model]\nname = formula\nvariables = x y\ndrift.x = x - x^3\ndrift.y = -y\n"
    "noise.x.1 = sqrt(2*0.00625)\nnoise.y.2 = sqrt(2*0.00625)\n"
    "[mesh]\nx = linear(-1.7, 1.7) 64\ny = linear(-0.6, 0.6) 32\n[output]\ndir = out\n";

struct Told {
  Sandbox sandbox;
  Result result;
  Json report;
};

void run(Told& one, const std::string& settings, const std::string& arguments, int ranks = 1) {
  one.sandbox.write("run.ini", settings);
  one.result = one.sandbox.run("stationary run.ini " + arguments, ranks);
  ASSERT_TRUE(one.sandbox.exists("out/report.json")) << one.result.err;
  one.report = Json::parse(one.sandbox.read("out/report.json"));
}

TEST(Components, AreListedInReportAndSummary) {
  Told one;
  run(one, split, "");
  EXPECT_EQ(one.result.exit_code, 5) << one.result.err;
  EXPECT_EQ(one.report["verdict"], "several-ergodic-components");
  EXPECT_TRUE(one.report["observables"].empty());
  ASSERT_EQ(one.report["components"].size(), 2U);
  for (const Json& component : one.report["components"]) {
    EXPECT_TRUE(component["weight"]["value"].is_null());
    EXPECT_TRUE(component["weight"].contains("reason"));
    EXPECT_TRUE(component["observables"]["mean.x"]["value"].is_number());
    EXPECT_NEAR(component["observables"]["fourth"]["value"], .75, 1e-3);
    EXPECT_EQ(component["mesh"]["axes"][0]["name"], "x");
  }
  EXPECT_EQ(one.report["components"][1]["where"], "x > 0");
  ASSERT_EQ(one.report["points"].size(), 1U);
  EXPECT_EQ(one.report["points"][0]["where"], "x = 0");
  EXPECT_EQ(one.report["points"][0]["attracts"], false);
  ASSERT_EQ(lines_starting(one.result.out, "  component").size(), 1U) << one.result.out;
  EXPECT_EQ(lines_starting(one.result.out, "  mean.x").size(), 1U) << one.result.out;
  EXPECT_FALSE(one.sandbox.exists("out/fields.h5")) << "the parts have meshes of their own";
  EXPECT_TRUE(one.sandbox.exists("out/component.1.csv"));
  EXPECT_TRUE(one.sandbox.read("out/component.2.csv").starts_with("x,density\n"));
}

TEST(Components, AStartDecides) {
  Told one;
  run(one, split, "--stationary.start='point(1; 0.05)'");
  EXPECT_EQ(one.result.exit_code, 0) << one.result.err;
  EXPECT_NEAR(one.report["observables"]["mean.x"]["value"], .5641895835, 1e-9);
  EXPECT_NEAR(one.report["components"][1]["weight"]["value"], 1, 1e-9);
  EXPECT_EQ(one.report["settings"]["stationary.start"], "point(1; 0.05)");
  EXPECT_TRUE(one.sandbox.exists("out/fields.h5"));
}

TEST(Components, AStartMayBeTheDensityOfAnotherRun) {
  Told one;
  run(one, split, "--stationary.start='point(-1; 0.05)'");
  ASSERT_EQ(one.result.exit_code, 0) << one.result.err;
  const Result next = one.sandbox.run("stationary run.ini --stationary.start=out/fields.h5 --output.dir=next");
  EXPECT_EQ(next.exit_code, 0) << next.err;
  const Json report = Json::parse(one.sandbox.read("next/report.json"));
  EXPECT_LT(report["observables"]["mean.x"]["value"], 0);
  ASSERT_FALSE(report["provenance"]["inputs"].empty());
  const Result again = one.sandbox.run("rerun next/report.json --output.dir=again");
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST(Components, MassThatCollapsesOnAPointIsRefused) {
  Told one;
  run(one, split, "--model.sigma=2 --stationary.start='point(1; 0.05)'");
  EXPECT_EQ(one.result.exit_code, 5);
  EXPECT_EQ(one.report["verdict"], "no-stationary-density");
  EXPECT_TRUE(one.report["components"].empty());
  EXPECT_NEAR(one.report["points"][0]["weight"]["value"], 1, 1e-6);
  EXPECT_NE(one.result.out.find("point x = 0: weight 1"), std::string::npos) << one.result.out;
}

TEST(Components, OfWellsAreTheSameOnThreeRanks) {
  Told one;
  run(one, wells, "--stationary.start='point(-0.1 0; 0.2 0.1)'");
  Told three;
  run(three, wells, "--stationary.start='point(-0.1 0; 0.2 0.1)'", 3);
  EXPECT_EQ(one.result.exit_code, 5) << one.result.err;
  EXPECT_EQ(three.result.exit_code, 5) << three.result.err;
  EXPECT_TRUE(one.sandbox.exists("out/fields.h5"));
  ASSERT_EQ(one.report["components"].size(), 2U) << one.report["reason"];
  ASSERT_EQ(three.report["components"].size(), 2U) << three.report["reason"];
  for (std::size_t k = 0; k < 2; ++k) {
    const double alone = one.report["components"][k]["weight"]["value"];
    EXPECT_NEAR(three.report["components"][k]["weight"]["value"], alone, 1e-9);
  }
}

TEST(Components, OfADiagonalNetworkListBothSignsAndTheAtom) {
  const std::string network =
      "[model]\nname = diagonal-network\nT = 0.2\nbeta1 = 1\nbeta2 = 1\nalpha1 = 2\nalpha2 = 2\nalpha3 = 3\n"
      "[mesh]\ns = auto 200\n[output]\ndir = out\n";
  Told plus;
  run(plus, network, "");
  EXPECT_EQ(plus.result.exit_code, 0);
  EXPECT_EQ(plus.report["components"][0]["where"], "v > 0");
  EXPECT_EQ(plus.report["points"][0]["where"], "v = 0");
  Told minus;
  run(minus, network, "--model.sign=-1");
  EXPECT_EQ(minus.result.exit_code, 5);
  EXPECT_EQ(minus.report["components"][0]["where"], "v > 0");
}

}  // namespace
}  // namespace sgdflux::test
