/// continue as a person meets it: points, events, directions, where a branch ends, tables.
#include <cmath>

#include "support/branches.hpp"

namespace sgdflux::test {
namespace {

void expect_estimate(const Json& estimate) {
  EXPECT_EQ(estimate["value"].is_null(), estimate["error"].is_null());
  EXPECT_TRUE(estimate["value"].is_number() || estimate["reason"].is_string()) << estimate;
}

TEST(Continue, ReportsPointsEventsAndTheEnd) {
  const Sandbox sandbox;
  sandbox.write("run.ini", pull + "[continue]\ntrack = 2\n");
  const Result result = sandbox.run("continue run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["command"], "continue");
  EXPECT_EQ(report["parameter"], "parameters.k");
  EXPECT_EQ(report["ended"], "reached parameters.k = 0.6");
  EXPECT_FALSE(report.contains("restart"));
  EXPECT_EQ(report["points"].front()["parameter"], 1.0);
  EXPECT_EQ(report["points"].back()["parameter"], 0.6);
  EXPECT_EQ(report["observables"], report["points"].back()["observables"]);
  for (const Json& point : report["points"]) {
    const double k = point["parameter"].get<double>();
    EXPECT_NEAR(point["observables"]["half"]["value"].get<double>(), 0.25 / k, 1e-9);
    EXPECT_NEAR(point["sensitivities"]["half"]["value"].get<double>(), -0.25 / (k * k), 1e-7);
    EXPECT_NEAR(point["sensitivities"]["cov.x.x"]["value"].get<double>(), -0.5 / (k * k), 1e-7);
    ASSERT_EQ(point["eigenvalues"].size(), 3U);
    for (int branch = 0; branch < 3; ++branch) {
      EXPECT_EQ(point["eigenvalues"][branch]["branch"], branch);
      EXPECT_NEAR(point["eigenvalues"][branch]["re"].get<double>(), -branch * k, 1e-9);
    }
  }
  expect_event(report, "a", 0.25 / 0.3, 1e-8);
  EXPECT_EQ(report["events"][0]["what"], "half - 0.3 turns positive");
}

TEST(Continue, LeavesTablesDensitiesAndSettingsThatRepeatIt) {
  const Sandbox sandbox;
  sandbox.write("run.ini", pull);
  const Result result = sandbox.run("continue run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json points = report_of(sandbox)["points"];
  for (const Json& point : points) {
    EXPECT_TRUE(sandbox.exists("out/" + point["fields"].get<std::string>())) << point["fields"];
  }
  const std::string table = sandbox.read("out/branch.csv");
  EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')), points.size() + 1);
  EXPECT_TRUE(table.starts_with("parameters.k,cov.x.x,cov.x.x.error,half,")) << table;
  EXPECT_NE(table.find(",half.derivative,half.derivative.error"), std::string::npos);
  EXPECT_TRUE(sandbox.read("out/events.csv").starts_with("kind,subject,value,error\na,,0.8333333"));
  EXPECT_EQ(lines_starting(result.out, "  parameters.k  half").size(), 1U) << "own formulas come first\n" << result.out;
  for (const std::string& line : lines_starting(result.out, "  0.")) {
    EXPECT_LT(line.size(), 80U) << line;
  }
  ASSERT_EQ(sandbox.run("continue out/settings.ini --output.dir=again").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "again/report.json")["points"], points);
  ASSERT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "out-rerun/report.json")["points"], points);
}

TEST(Continue, FindsTheEventsOfTheNetworkAndTheUsersInOneRun) {
  const Sandbox sandbox;
  sandbox.write("run.ini", teacher + "[continue]\nevent.middle = mean.v - 1/2\nevent.low = loss + sigma/2\n");
  const Result result = sandbox.run("continue run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json up = report_of(sandbox);
  EXPECT_EQ(up["ended"], "reached model.T = 0.36") << "events do not end a branch unless they are asked to";
  EXPECT_EQ(up["points"].back()["verdict"], "no-stationary-density");
  EXPECT_TRUE(up["points"].back()["reason"].is_string());
  const double fold = (4 + std::sqrt(42.)) / (4 * (21 - 8));
  expect_event(up, "origin-diverges", 1. / 9, 1e-6, "v");
  expect_event(up, "mode-vanishes", fold, 1e-6, "v");
  expect_event(up, "normalisability", 1. / 3, 1e-6);
  ASSERT_EQ(up["events"].size(), 5U);
  const Result down = sandbox.run("continue run.ini --continue.from=0.36 --continue.to=0.02 --output.dir=down");
  ASSERT_EQ(down.exit_code, 0) << down.err;
  const Json back = report_of(sandbox, "down/report.json");
  expect_event(back, "mode-appears", fold, 1e-6, "v");
  EXPECT_TRUE(events_of(back, "mode-vanishes").empty());
  ASSERT_EQ(back["events"].size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(up["events"][i]["value"].get<double>(), back["events"][4 - i]["value"].get<double>(), 2e-8) << i;
  }
  EXPECT_EQ(events_of(up, "middle")[0]["what"], "mean.v - 1/2 turns negative");
  EXPECT_EQ(events_of(back, "middle")[0]["what"], "mean.v - 1/2 turns positive");
}

TEST(Continue, EndsAtTheEventThatIsToStopIt) {
  const Sandbox sandbox;
  sandbox.write("run.ini", teacher + "[continue]\nstop = mode-vanishes normalisability\n");
  ASSERT_EQ(sandbox.run("continue run.ini").exit_code, 0);
  const Json report = report_of(sandbox);
  EXPECT_TRUE(report["ended"].get<std::string>().starts_with("stopped at mode-vanishes, model.T = 0.20155"))
      << report["ended"];
  EXPECT_LT(report["points"].back()["parameter"].get<double>(), 0.28);
  EXPECT_GT(report["points"].back()["parameter"].get<double>(), 0.2015);
  EXPECT_TRUE(events_of(report, "normalisability").empty());
}

/// At T = .25 the teacher has a density for σ² < 2 only.
TEST(Continue, FollowsAConstantThatTheModelIsMadeOf) {
  const Sandbox sandbox;
  sandbox.write("run.ini", teacher);
  const Result result = sandbox.run(
      "continue run.ini --continue.parameter=parameters.sigma --model.T=0.25 --continue.from=1.2 --continue.to=1.5 "
      "--continue.event.twice=parameters.sigma-1.3");
  EXPECT_EQ(result.exit_code, 1) << "formulas of events know constants by their own names";
  ASSERT_EQ(sandbox
                .run("continue run.ini --continue.parameter=parameters.sigma --model.T=0.25 --continue.from=1.2 "
                     "--continue.to=1.5 --continue.event.twice=sigma-1.3")
                .exit_code,
            0);
  const Json report = report_of(sandbox);
  expect_event(report, "normalisability", std::sqrt(2.), 1e-6);
  expect_event(report, "twice", 1.3, 1e-8);
}

TEST(Continue, SaysFromWhereOnTheVarianceIsInfinite) {
  const Sandbox sandbox;
  sandbox.write(
      "run.ini",
      "[model]\nname = diagonal-network\ndepth = 0\nbeta1 = 1\nbeta2 = 1\nalpha1 = 2\nalpha2 = 2\nalpha3 = 3\n"
      "[mesh]\nv = auto 300\n[continue]\nparameter = model.T\nfrom = 0.1\nto = 0.6\nstep = 0.05\n"
      "min_step = 0.05\nevents = none\nsensitivities = off\ndensities = off\n[output]\ndir = out\n");
  const Result result = sandbox.run("continue run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  int finite = 0;
  int infinite = 0;
  const Json report = report_of(sandbox);
  for (const Json& point : report["points"]) {
    const double T = point["parameter"].get<double>();
    const Json& variance = point["observables"]["cov.v.v"];
    expect_estimate(variance);
    if (T <= 0.4) {
      EXPECT_NEAR(variance["value"].get<double>(), T / (1 - 2 * T), 1e-6) << T;
      ++finite;
    } else if (T >= 0.5) {
      EXPECT_TRUE(variance["value"].is_null()) << T;
      EXPECT_TRUE(variance["reason"].get<std::string>().starts_with("infinite")) << variance;
      EXPECT_NEAR(point["observables"]["mean.v"]["value"].get<double>(), 1, 1e-2);
      ++infinite;
    }
  }
  EXPECT_GE(finite, 3);
  EXPECT_GE(infinite, 2);
}

TEST(Continue, ListsAllEventsThatHappenAtOnePoint) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                "[model]\nname = formula\nvariables = x\nparameters = k=1\ndrift.x = -k*x\nnoise.x.1 = 1\n[mesh]\n"
                "x = auto 120\n[continue]\nparameter = model.k\nfrom = 1\nto = -1\nmin_step = 0.1\ndensities = off\n"
                "event.one = k - 0.45\nevent.two = 2*k - 0.9\ntrack = 1\n[output]\ndir = out\n");
  const Result result = sandbox.run("continue run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  expect_event(report, "one", 0.45, 1e-8);
  expect_event(report, "two", 0.45, 1e-8);
  expect_event(report, "normalisability", 0, 1e-8);
  expect_event(report, "gap-closes", 0, 1e-8);
  EXPECT_EQ(report["events"].size(), 4U);
  for (const char* kind : {"one", "two", "normalisability", "gap-closes"}) {
    EXPECT_EQ(lines_starting(result.out, std::string("  ") + kind + " ").size(), 1U) << result.out;
  }
}

TEST(Continue, GivesEventsOfOneNameAllToSweeps) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                pull + "[continue]\nevent.a = (k - 0.9)*(k - 0.7)\nmax_step = 0.05\n[sweep]\nmodel.F = 0 1\n");
  const Result result = sandbox.run("continue run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 2U);
  for (const Json& run : runs) {
    EXPECT_NEAR(run["observables"]["a"]["value"].get<double>(), 0.9, 1e-8);
    EXPECT_NEAR(run["observables"]["a.2"]["value"].get<double>(), 0.7, 1e-8);
  }
}

TEST(Continue, EndsWhereTheRangeOfTheParameterEnds) {
  const Sandbox sandbox;
  sandbox.write("run.ini", momentum_branch);
  const Result result = sandbox.run(
      "continue run.ini --continue.from=0.8 --continue.to=1.5 --continue.min_step=0.02 --continue.events=none "
      "--continue.sensitivities=off");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_LT(report["points"].back()["parameter"].get<double>(), 1);
  EXPECT_GT(report["points"].back()["parameter"].get<double>(), 0.97);
  const auto ended = report["ended"].get<std::string>();
  EXPECT_TRUE(ended.starts_with("stopped at model.beta = 0.9")) << ended;
  EXPECT_NE(ended.find("out of range; allowed is 0 ≤ value < 1"), std::string::npos) << ended;
  EXPECT_NE(result.out.find(ended), std::string::npos);
}

TEST(Continue, EndsWhereAFormulaLeavesTheRangeOfAnotherParameter) {
  const Sandbox sandbox;
  sandbox.write("run.ini", teacher);
  ASSERT_EQ(sandbox
                .run("continue run.ini --model.T=0.1 --model.beta2=1 --model.alpha2=0 --model.alpha3=sigma "
                     "--continue.parameter=parameters.sigma --continue.from=1 --continue.to=-1 "
                     "--continue.min_step=0.05 --continue.events=none")
                .exit_code,
            0);
  const Json report = report_of(sandbox);
  EXPECT_GE(report["points"].back()["parameter"].get<double>(), 0);
  EXPECT_LE(report["points"].back()["parameter"].get<double>(), 0.06);
  EXPECT_NE(report["ended"].get<std::string>().find("model.alpha3 = sigma"), std::string::npos) << report["ended"];
}

TEST(Continue, IsTheSameOnTwoRanks) {
  const Sandbox sandbox;
  sandbox.write("run.ini", momentum_branch + "[continue]\nmin_step = 0.06\n");
  ASSERT_EQ(sandbox.run("continue run.ini").exit_code, 0);
  const Result two = sandbox.run("continue run.ini --output.dir=two", 2);
  ASSERT_EQ(two.exit_code, 0) << two.err;
  const Json report = report_of(sandbox);
  expect_same_branch(report, report_of(sandbox, "two/report.json"), {1e-10, 1e-5});
  expect_event(report, "wide", std::sqrt(0.21875), 1e-5);
  EXPECT_EQ(lines_starting(two.out, "Branch of").size(), 1U);
}

}  // namespace
}  // namespace sgdflux::test
