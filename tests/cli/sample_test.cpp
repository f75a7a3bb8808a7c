/// `sample` and `validate` from outside: exit codes, reports, ranks, restarts.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/killing.hpp"

namespace sgdflux::test {
namespace {

using Json = nlohmann::json;

const std::string network =
    "[model]\nname = diagonal-network\nT = 0.1\n[sample]\npaths = 200\nsteps = 2000\ndt = 0.02\n[output]\ndir = out\n";
const std::string sgd =
    "[model]\nname = diagonal-network\nT = 0.02\n[data]\ngenerate = linear\n[sample]\nkind = sgd\n"
    "paths = 400\nburn = 400\nsteps = 2000\n[output]\ndir = out\n";

Json report_of(const Sandbox& sandbox, const std::string& file = "out/report.json") {
  return Json::parse(sandbox.read(file));
}

double value(const Json& report, const std::string& name) { return report["observables"][name]["value"]; }
double error(const Json& report, const std::string& name) { return report["observables"][name]["error"]; }

TEST(Sample, PathsOfTheSdeMeetTheExactMean) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network);
  const Result result = sandbox.run("sample run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  const double step = report["step_error"]["mean.v"]["value"];
  const double step_error = report["step_error"]["mean.v"]["error"];
  EXPECT_NEAR(value(report, "mean.v") - step, 0.844936, 4 * std::hypot(error(report, "mean.v"), step_error));
  EXPECT_LT(error(report, "mean.v"), 0.02);
  EXPECT_EQ(report["paths"]["count"], 200);
  EXPECT_EQ(report["paths"]["diverged"], 0);
  EXPECT_EQ(report["provenance"]["seed"], 1);
  EXPECT_TRUE(report["correlations"]["v"]["effective"].get<double>() > 1000);
  EXPECT_TRUE(sandbox.exists("out/fields.h5"));
  EXPECT_FALSE(sandbox.exists("out/checkpoint.h5"));
}

TEST(Sample, SgdFollowsTheDiscreteAlgorithm) {
  const Sandbox sandbox;
  sandbox.write("run.ini", sgd);
  const Result result = sandbox.run("sample run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_NEAR(value(report, "mean.v"), 0.97718, 4 * error(report, "mean.v"));  // 1e9 steps, ± 2e-5
  EXPECT_NEAR(value(report, "clipped.var.v"), 0.044629, 4 * error(report, "clipped.var.v"));
}

TEST(Sample, TheSameNumbersOnAnyNumberOfRanksAndAnyWidth) {
  const Sandbox sandbox;
  sandbox.write("run.ini", sgd);
  ASSERT_EQ(sandbox.run("sample run.ini").exit_code, 0);
  const Json alone = report_of(sandbox);
  for (const int ranks : {2, 3}) {
    ASSERT_EQ(sandbox.run("sample run.ini --sample.width=37", ranks).exit_code, 0);
    const Json report = report_of(sandbox);
    EXPECT_EQ(report["observables"], alone["observables"]) << ranks;
    EXPECT_EQ(report["quantiles"], alone["quantiles"]) << ranks;
    EXPECT_EQ(report["correlations"], alone["correlations"]) << ranks;
  }
}

TEST(Sample, FormulasMayUseSingleWeights) {
  const Sandbox sandbox;
  sandbox.write("run.ini", sgd + "[observe]\ngap = w0_1^2 - w1_1^2\nclose = abs(v - 1) < 0.5\n");
  const Result result = sandbox.run("sample run.ini --sample.steps=800");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(value(report, "gap"), 0);  // a balanced start stays balanced, to the last bit
  EXPECT_GT(value(report, "close"), 0.9);
}

TEST(Sample, EveryPathExplodesExitsWithFiveAndTheTime) {
  const Sandbox sandbox;
  sandbox.write("run.ini", sgd);
  const Result result = sandbox.run("sample run.ini --sample.eta=2");
  EXPECT_EQ(result.exit_code, 5) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["verdict"], "no-stationary-density");
  EXPECT_NE(report["reason"].get<std::string>().find("every one of the 400 paths diverged"), std::string::npos);
  EXPECT_GT(report["paths"]["first_divergence"].get<double>(), 0);
}

TEST(Sample, AStartThatIsNotForgottenIsNotConverged) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network);
  const Result result = sandbox.run("sample run.ini --sample.start=-3 --sample.burn=10 --sample.steps=100");
  EXPECT_EQ(result.exit_code, 2) << result.out;
  EXPECT_NE(report_of(sandbox)["reason"].get<std::string>().find("still changes"), std::string::npos);
}

/// Beyond T_c the solver has no domain to offer; paths run all the same and say what they see.
TEST(Sample, WhatCollapsesOnZeroIsNotConverged) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network);
  EXPECT_EQ(sandbox.run("sample run.ini --model.T=0.4").exit_code, 2);
  EXPECT_EQ(report_of(sandbox)["verdict"], "not-converged");
}

TEST(Sample, AKilledRunGoesOnToTheSameNumbers) {
  setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
  setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  const Sandbox sandbox;
  sandbox.write("run.ini", network + "[observe]\nloss = v^2 - 2*v\n");
  ASSERT_TRUE(killed_at(sandbox, {"sample", "run.ini", "--sample.checkpoint=every 1"}, "out/checkpoint.h5"));
  ASSERT_FALSE(sandbox.exists("out/report.json"));
  const Result other = sandbox.run("sample run.ini --sample.restart=on --sample.seed=2");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("sample.seed"), std::string::npos) << other.err;
  ASSERT_EQ(sandbox.run("sample run.ini --sample.restart=on").exit_code, 0);
  const Json resumed = report_of(sandbox);
  EXPECT_TRUE(resumed.contains("restart"));
  ASSERT_EQ(sandbox.run("sample run.ini --output.dir=whole").exit_code, 0);
  const Json whole = report_of(sandbox, "whole/report.json");
  for (const std::string part : {"observables", "step_error", "quantiles", "correlations", "series", "burn_in"}) {
    EXPECT_EQ(resumed[part], whole[part]) << part;
  }
}

TEST(Validate, ModelsAgreeAndAWrongDriftIsCaught) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -2; 2 1\nnoise_matrix = 1 0; 0.3 0.8\n[mesh]\n"
                "x1 = auto 40\nx2 = auto 40\n[sample]\npaths = 1000\nsteps = 2000\ndt = 0.02\nevery = 4\n"
                "[output]\ndir = out\n");
  const Result good = sandbox.run("validate run.ini");
  ASSERT_EQ(good.exit_code, 0) << good.out << good.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["verdict"], "converged");
  EXPECT_GE(report["checks"].size(), 15U);
  std::string names;
  for (const Json& check : report["checks"]) {
    EXPECT_TRUE(check["pass"].get<bool>()) << check;
    names += check["name"].get<std::string>() + " ";
  }
  for (const std::string name : {"exact.cov.x1.x2", "exact.density.l1", "paths.cov.x1.x1", "paths.circulation.x1.x2",
                                 "paths.density.chi_squared.x1.x2", "paths.density.kolmogorov_smirnov.x1",
                                 "paths.eigenvalue.re", "paths.eigenvalue.im", "paths.displacement.x1.1"}) {
    EXPECT_NE(names.find(name + " "), std::string::npos) << name << " is not among " << names;
  }
  const Result wrong = sandbox.run("validate run.ini --validate.drift_factor=1.05");
  EXPECT_EQ(wrong.exit_code, 6) << wrong.out;
  EXPECT_EQ(report_of(sandbox)["verdict"], "disagreement");
}

TEST(Validate, ARefusalOfTheSolverIsTheAnswer) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network);
  EXPECT_EQ(sandbox.run("validate run.ini --model.T=0.4").exit_code, 5);
}

}  // namespace
}  // namespace sgdflux::test
