/// What commands leave behind: reports, fields, resolved settings; sweeps and reruns.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace sgdflux::test {
namespace {

using Json = nlohmann::json;

const std::string relaxation =
    "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1\nnoise_matrix = sqrt(2*0.5)\ncenter = 0.25\n"
    "[mesh]\nx1 = linear(-6, 6.5) 96\n[observe]\nsquare = x1^2\n[output]\ndir = out\n";
const std::string network =
    "[model]\nname = diagonal-network\ndepth = 1\nT = 0.1\nbeta1 = 1\nbeta2 = 1\nalpha1 = 2\nalpha2 = 2\nalpha3 = 3\n"
    "[mesh]\ns = auto 800\n[output]\ndir = out\n";

Json report_of(const Sandbox& sandbox, const std::string& file = "out/report.json") {
  return Json::parse(sandbox.read(file));
}

void expect_estimate(const Json& estimate, const std::string& name) {
  ASSERT_TRUE(estimate.contains("value") && estimate.contains("error")) << name;
  if (estimate["value"].is_null()) {
    EXPECT_TRUE(estimate.contains("reason")) << name;
  } else {
    EXPECT_TRUE(estimate["value"].is_number()) << name;
  }
}

TEST(Stationary, LeavesReportFieldsProfilesAndSettings) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const Result result = sandbox.run("stationary run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "") << "progress belongs to terminals only";
  EXPECT_NE(result.out.find("mean.x1"), std::string::npos) << result.out;
  for (const char* name :
       {"out/report.json", "out/fields.h5", "out/fields.xdmf", "out/settings.ini", "out/density.csv"}) {
    EXPECT_TRUE(sandbox.exists(name)) << name;
  }
}

const std::string oscillator =
    "[model]\nname = formula\nvariables = x v\ndrift.x = v\ndrift.v = -x - x^3 - v\nnoise.v.1 = 1\n"
    "[mesh]\nx = auto 24\nv = auto 24\n[output]\ndir = out\n";

TEST(Stationary, WithoutFieldsLeavesTheSameNumbersAndMarginalsOnly) {
  Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  ASSERT_EQ(sandbox.run("stationary run.ini --output.fields=off --output.dir=small").exit_code, 0);
  EXPECT_EQ(report_of(sandbox)["observables"], report_of(sandbox, "small/report.json")["observables"]);
  EXPECT_EQ(report_of(sandbox, "small/report.json")["settings"]["output.fields"], "off");
  EXPECT_EQ(report_of(sandbox)["settings"]["output.fields"], "on") << "defaults are among the settings";
  EXPECT_TRUE(sandbox.exists("small/fields.h5")) << "it holds the marginals";
  EXPECT_TRUE(sandbox.exists("out/density.csv"));
  EXPECT_FALSE(sandbox.exists("small/density.csv"));
  const Result refused = sandbox.run("stationary run.ini --output.fields=some");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("output.fields"), std::string::npos) << refused.err;
}

TEST(Stationary, ReportsWhetherAnAutomaticMeshMetItsTarget) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator);
  const Result result = sandbox.run("stationary run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("accuracy: largest relative error"), std::string::npos) << result.out;
  const Json accuracy = report_of(sandbox)["accuracy"];
  EXPECT_EQ(accuracy["tolerance"], 1e-6);
  EXPECT_EQ(accuracy["demanded"], false);
  EXPECT_EQ(accuracy["reached"], true);
  EXPECT_LE(accuracy["largest"]["relative"].get<double>(), 1e-6);
  EXPECT_FALSE(accuracy["largest"]["name"].get<std::string>().empty());
  EXPECT_GE(accuracy["rounds"].get<int>(), 1);
  EXPECT_TRUE(accuracy["stopped_by"].is_null());
  EXPECT_GT(report_of(sandbox)["mesh"]["axes"][0]["cells"].get<int>(), 24);
}

TEST(Stationary, WithTooFewCellsAllowedLeavesTheBestAnswerAndEndsWithTwo) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator);
  const Result result = sandbox.run("stationary run.ini --scheme.max_cells=900");
  EXPECT_EQ(result.exit_code, 2) << result.out;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["verdict"], "not-converged");
  EXPECT_EQ(report["accuracy"]["stopped_by"], "max_cells");
  EXPECT_NE(report["reason"].get<std::string>().find("max_cells"), std::string::npos) << report["reason"];
  EXPECT_NEAR(report["observables"]["cov.v.v"]["value"].get<double>(), .5, 1e-3);
  EXPECT_GT(report["observables"]["cov.v.v"]["error"].get<double>(), 0);
}

TEST(Stationary, ReportsTheTailsOfTruncatedEnds) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                "[model]\nname = formula\nvariables = x\ndrift.x = -x\nnoise.x.1 = sqrt(1 + x^2)\n"
                "[mesh]\nx = auto 100\n[output]\ndir = out\n");
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Json tails = report_of(sandbox)["tails"];
  ASSERT_EQ(tails.size(), 2U);
  for (const Json& tail : tails) {
    EXPECT_EQ(tail["axis"], "x");
    EXPECT_EQ(tail["kind"], "algebraic");
    EXPECT_EQ(tail["source"], "coefficients");
    EXPECT_NEAR(tail["exponent"].get<double>(), -4, 1e-5);  // p ~ (1 + x²)^{−2}
    EXPECT_LE(tail["error"].get<double>(), 1e-5);
  }
  EXPECT_EQ(tails[0]["end"], "lower");
  EXPECT_EQ(tails[1]["end"], "upper");
}

TEST(Stationary, ReportHasTheFormatOfTheDocumentation) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["format"], "sgdflux-report");
  EXPECT_EQ(report["format_version"], Json({1, 5}));
  EXPECT_EQ(report["command"], "stationary");
  EXPECT_EQ(report["verdict"], "converged");
  EXPECT_EQ(report["exit_code"], 0);
  EXPECT_EQ(report["model"]["variables"], Json({"x1"}));
  EXPECT_EQ(report["mesh"]["axes"][0]["map"], "linear");
  EXPECT_EQ(report["mesh"]["axes"][0]["lower"], -6);
  EXPECT_EQ(report["mesh"]["axes"][0]["cells"], 96);
  EXPECT_EQ(report["mesh"]["axes"][0]["boundaries"], Json({"truncated", "truncated"}));
  EXPECT_EQ(report["ranks"], 1);
  EXPECT_EQ(report["settings"]["observe.square"], "x1^2");
  for (const char* name : {"flux", "why"}) {
    EXPECT_TRUE(report["scheme"][name].is_string()) << name;
  }
  for (const char* name : {"mass_error", "negative_mass", "min_density", "residual", "outside_mass"}) {
    EXPECT_TRUE(report["audit"][name].is_number()) << name;
  }
  for (const char* name : {"mean.x1", "cov.x1.x1", "mode.x1", "square"}) {
    ASSERT_TRUE(report["observables"].contains(name)) << name;
    expect_estimate(report["observables"][name], name);
  }
  for (const char* name : {"net.x1", "entropy_production"}) {
    ASSERT_TRUE(report["current"].contains(name)) << name;
    expect_estimate(report["current"][name], name);
  }
  EXPECT_TRUE(report["seconds"]["total"].is_number());
  EXPECT_TRUE(report["reference"]["source"].is_string());
  EXPECT_TRUE(report["provenance"].is_object());
  EXPECT_NEAR(report["observables"]["mean.x1"]["value"].get<double>(), 0.25, 1e-6);
  EXPECT_NEAR(report["observables"]["square"]["value"].get<double>(), 0.5 + 0.0625, 1e-4);
}

TEST(Stationary, WithoutADensityReportsWhyAndExitsWithFive) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network);
  const Result result = sandbox.run("stationary run.ini --model.T=0.34");
  EXPECT_EQ(result.exit_code, 5) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["verdict"], "no-stationary-density");
  EXPECT_EQ(report["exit_code"], 5);
  EXPECT_NE(report["reason"].get<std::string>().find("v = 0"), std::string::npos) << report["reason"];
  EXPECT_TRUE(report["audit"]["residual"].is_null());
  EXPECT_TRUE(report["observables"].empty());
}

TEST(Stationary, ResolvedSettingsReproduceTheRun) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network);
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Result again = sandbox.run("stationary out/settings.ini --output.dir=again");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(report_of(sandbox)["observables"], report_of(sandbox, "again/report.json")["observables"]);
}

TEST(Stationary, TwoRanksLeaveOneReport) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const Result result = sandbox.run("stationary run.ini", 2);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines_starting(result.out, "Stationary state").size(), 1U) << result.out;
  EXPECT_EQ(report_of(sandbox)["ranks"], 2);
  EXPECT_NEAR(report_of(sandbox)["observables"]["mean.x1"]["value"].get<double>(), 0.25, 1e-6);
}

TEST(Rerun, ReproducesTheNumbersBesideTheOriginal) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Result again = sandbox.run("rerun out/report.json");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const Json first = report_of(sandbox);
  const Json second = report_of(sandbox, "out-rerun/report.json");
  EXPECT_EQ(first["observables"], second["observables"]);
  EXPECT_EQ(first["current"], second["current"]);
}

TEST(Rerun, TakesOverrides) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Result again = sandbox.run("rerun out/report.json --output.dir=other --model.center=1");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NEAR(report_of(sandbox, "other/report.json")["observables"]["mean.x1"]["value"].get<double>(), 1, 1e-6);
}

TEST(Sweep, RunsEveryCombinationAndSumsUp) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = 0 0.5\nscheme.estimate = on off\n");
  const Result result = sandbox.run("stationary run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 4U);
  EXPECT_EQ(runs[0]["directory"], "0001");
  EXPECT_EQ(runs[2]["settings"]["model.center"], 0.5);
  EXPECT_EQ(runs[3]["settings"]["scheme.estimate"], "off");
  for (const Json& run : runs) {
    EXPECT_EQ(run["verdict"], "converged");
    EXPECT_EQ(run["exit_code"], 0);
    EXPECT_NEAR(run["observables"]["mean.x1"]["value"].get<double>(), run["settings"]["model.center"].get<double>(),
                1e-6);
    EXPECT_TRUE(sandbox.exists("out/" + run["directory"].get<std::string>() + "/report.json"));
  }
}

TEST(Sweep, GoesOnWherePointsHaveNoDensity) {
  const Sandbox sandbox;
  sandbox.write("run.ini", network + "[sweep]\nmodel.T = 0.1 0.5 0.2\n");
  EXPECT_EQ(sandbox.run("stationary run.ini").exit_code, 5);
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0]["exit_code"], 0);
  EXPECT_EQ(runs[1]["exit_code"], 5);
  EXPECT_EQ(runs[2]["exit_code"], 0);
}

TEST(Sweep, VariesValuesWithBlanksSeparatedByBars) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const Result result = sandbox.run("stationary run.ini --sweep.mesh.x1='linear(-6, 6) 48 | linear(-6, 6) 96'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(report_of(sandbox, "out/0002/report.json")["mesh"]["axes"][0]["cells"], 96);
}

TEST(Sweep, IsRepeatedByRerun) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = 0 0.5\n");
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Result again = sandbox.run("rerun out/report.json");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(report_of(sandbox)["runs"], report_of(sandbox, "out-rerun/report.json")["runs"]);
}

/// y = 2x + noise without a pattern, and a column that never changes.
std::string noisy_line() {
  std::string text = "x,z,one,y\n";
  for (int i = 0; i < 60; ++i) {
    const double x = std::sin(1.7 * i);
    const double z = std::cos(0.9 * i * i);
    text += std::to_string(x) + "," + std::to_string(z) + ",1," + std::to_string(2 * x + 0.1 * std::sin(37.0 * i * i)) +
            "\n";
  }
  return text;
}

TEST(Estimate, WritesAModelToInclude) {
  const Sandbox sandbox;
  sandbox.write("data/line.csv", noisy_line());
  sandbox.write("fit.ini", "[data]\nfile = data/line.csv\nx = x\ny = y\n[output]\ndir = runs/fit\n");
  const Result result = sandbox.run("estimate fit.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json parameters = report_of(sandbox, "runs/fit/report.json")["parameters"];
  for (const char* name : {"beta1", "beta2", "alpha1", "alpha2", "alpha3", "T_c"}) {
    ASSERT_TRUE(parameters.contains(name)) << name;
    EXPECT_TRUE(parameters[name]["value"].is_number() && parameters[name]["error"].is_number()) << name;
  }
  sandbox.write("run.ini", "[model]\nname = diagonal-network\ndepth = 1\nT = 0.1\ninclude = runs/fit/model.ini\n");
  const Result use = sandbox.run("stationary run.ini --dry-run");
  EXPECT_EQ(use.exit_code, 0) << use.err;
  EXPECT_EQ(lines_starting(use.out, "alpha3 = ").size(), 1U) << use.out;
}

TEST(Estimate, RegressionDropsAndNamesConstantColumns) {
  const Sandbox sandbox;
  sandbox.write("line.csv", noisy_line());
  const Result result =
      sandbox.run("estimate --data.file=line.csv --data.x='*' --data.y=y --estimate.modes=2 --output.dir=out");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["data"]["dropped"], Json({"one"}));
  EXPECT_NE(result.out.find("one"), std::string::npos);
  for (const char* name : {"rho1", "rho2", "sigma2"}) {
    EXPECT_TRUE(report["parameters"][name]["value"].is_number()) << name;
  }
  EXPECT_TRUE(sandbox.exists("out/spectrum.csv"));
  sandbox.write("run.ini",
                "[model]\nname = momentum-regression\neta = 0.1\nbeta = 0.9\nbatch = 32\ninclude = out/model.ini\n");
  const Result use = sandbox.run("stationary run.ini --dry-run");
  EXPECT_EQ(use.exit_code, 0) << use.err;
}

TEST(Estimate, IsRepeatedByRerunFromAnotherFolder) {
  const Sandbox sandbox;
  sandbox.write("line.csv", noisy_line());
  ASSERT_EQ(sandbox.run("estimate --data.file=line.csv --data.x=x --data.y=y --output.dir=a/b").exit_code, 0);
  std::filesystem::rename(sandbox.path("a"), sandbox.path("c"));
  const Result again = sandbox.run("rerun c/b/report.json --output.dir=again");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(report_of(sandbox, "c/b/report.json")["parameters"], report_of(sandbox, "again/report.json")["parameters"]);
}

}  // namespace
}  // namespace sgdflux::test
