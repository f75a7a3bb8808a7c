/// Sweeps from outside: over groups of ranks, with points and files that fail; ranges of values.
#include <gtest/gtest.h>

#include <cmath>

#include "support/sweeps.hpp"

namespace sgdflux::test {
namespace {

/// Equal, numbers to `tolerance`: values in units of max(1, |value|), error estimates absolute.
void expect_same(const Json& a, const Json& b, double tolerance, const std::string& where = "") {
  if (a.is_number_float() && b.is_number_float()) {
    EXPECT_NEAR(a.get<double>(), b.get<double>(), tolerance * std::max(1., std::abs(a.get<double>()))) << where;
  } else if (a.is_structured() && a.size() == b.size()) {
    for (const auto& [key, child] : a.items()) {
      expect_same(child, a.is_array() ? b[std::stoul(key)] : b.value(key, Json()), tolerance, where + "/" + key);
    }
  } else {
    EXPECT_EQ(a, b) << where;
  }
}

TEST(SweepGroups, ComputeWhatOneRankDoesWithMoreAndFewerPointsThanRanks) {
  for (const char* values : {"0 0.5 1 -0.5 0.75", "0.5 1", "0.5"}) {
    const Sandbox sandbox;
    sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = " + values + "\n");
    ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
    const Json alone = without_circumstances(report_of(sandbox));
    for (const int ranks : {2, 3}) {
      const Result result = sandbox.run("stationary run.ini --sweep.restart=off", ranks);
      ASSERT_EQ(result.exit_code, 0) << result.err;
      Json together = without_circumstances(report_of(sandbox));
      EXPECT_EQ(report_of(sandbox)["provenance"]["groups"], std::min<std::size_t>(ranks, alone["runs"].size()));
      together["settings"]["sweep.restart"] = "auto";
      expect_same(alone, together, 1e-12, values);
    }
  }
}

TEST(SweepGroups, OfOneRankEachGiveThePreciseNumbersOfOneRank) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator + "[sweep]\nmodel.beta = 0.5 0.9\nmodel.eta = 0.1 0.2\n");
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Json alone = without_circumstances(report_of(sandbox));
  const Result result = sandbox.run("stationary run.ini --sweep.restart=off", 2);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(report_of(sandbox)["runs"], alone["runs"]);
  for (const char* point : {"out/0001/report.json", "out/0004/report.json"}) {
    EXPECT_EQ(report_of(sandbox, point)["ranks"], 1) << "those of its group";
  }
}

TEST(SweepGroups, MayBeFewerThanRanks) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator + "[sweep]\nmodel.beta = 0.5 0.7 0.9\n");
  ASSERT_EQ(sandbox.run("stationary run.ini --sweep.groups=1").exit_code, 0);
  const Json alone = report_of(sandbox)["runs"];
  const Result result = sandbox.run("stationary run.ini --sweep.groups=2 --sweep.restart=off", 3);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_same(alone, report_of(sandbox)["runs"], 1e-9);
  EXPECT_EQ(report_of(sandbox)["provenance"]["groups"], 2);
  EXPECT_EQ(report_of(sandbox, "out/0001/report.json")["ranks"], 2) << "the larger group";
  EXPECT_EQ(report_of(sandbox, "out/0002/report.json")["ranks"], 1) << "unequal groups take turns by position";
  EXPECT_EQ(report_of(sandbox, "out/0003/report.json")["ranks"], 2);
}

TEST(SweepGroups, DrawTheRandomNumbersOfOneRank) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[sample]\npaths = 64\nsteps = 400\n[sweep]\nsample.seed = 1 2 3\n");
  ASSERT_EQ(sandbox.run("sample run.ini").exit_code, 0);
  const Json alone = report_of(sandbox)["runs"];
  const Result result = sandbox.run("sample run.ini --sweep.restart=off", 2);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(report_of(sandbox)["runs"], alone);
  EXPECT_NE(alone[0]["observables"]["mean.x1"], alone[1]["observables"]["mean.x1"]);
}

TEST(SweepGroups, OutOfRangeAreRefusedByKeyAndRange) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = 0 0.5\n");
  struct Case {
    const char* groups;
    int ranks;
    const char* said;
  };
  for (const Case& one : {Case{"0", 1, "≤ 1, the number of ranks"}, Case{"1.5", 1, "≤ 1, the number of ranks"},
                          Case{"3", 2, "≤ 2, the number of ranks"}, Case{"many", 1, "'many'"}}) {
    const Result result = sandbox.run("stationary run.ini --sweep.groups=" + std::string(one.groups), one.ranks);
    EXPECT_EQ(result.exit_code, 1) << one.groups;
    EXPECT_NE(result.err.find("sweep.groups = " + std::string(one.groups)), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(one.said), std::string::npos) << result.err;
    EXPECT_FALSE(sandbox.exists("out"));
  }
  const Result restart = sandbox.run("stationary run.ini --sweep.restart=perhaps");
  EXPECT_EQ(restart.exit_code, 1);
  EXPECT_NE(restart.err.find("sweep.restart"), std::string::npos) << restart.err;
}

TEST(SweepGroups, AreShownByADryRunAndInTheHelp) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = 0 0.5 1\n");
  const Result dry = sandbox.run("stationary run.ini --dry-run", 2);
  EXPECT_NE(dry.out.find("3 points, sweep.groups = auto (2)"), std::string::npos) << dry.out;
  const Result help = sandbox.run("spectrum --help");
  EXPECT_EQ(lines_starting(help.out, "  groups  ").size(), 1U) << help.out;
  EXPECT_EQ(lines_starting(help.out, "  restart  ").size(), 1U) << help.out;
}

TEST(SweepGroups, SayWhatEveryPointEndedInWithoutTalkingAcrossEachOther) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = linear(0, 1) 6\n");
  const Result result = sandbox.run("stationary run.ini", 2);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  std::set<std::string> seen;
  std::string line;
  for (int point = 0; point < 6 && std::getline(lines, line); ++point) {
    ASSERT_EQ(line.find("["), 0U) << result.out;
    const std::string folder = line.substr(line.rfind(' ') + 1);
    seen.insert(folder);
    while (std::getline(lines, line) && line.find("written to") == std::string::npos) {
      EXPECT_EQ(line.find("["), std::string::npos) << result.out;
    }
    EXPECT_EQ(line, "  written to " + folder);
  }
  EXPECT_EQ(seen.size(), 6U);
}

TEST(SweepGroups, RecordPointsWhoseSettingsTurnOutToBeWrong) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                "[parameters]\nk = 1\n[model]\nname = formula\nvariables = x\ndrift.x = -x + 0*sqrt(x + k)\n"
                "noise.x.1 = 1\n[mesh]\nx = linear(-4, 4) 60\n[sweep]\nparameters.k = 100 0 50\n[output]\ndir = out\n");
  const Result alone = sandbox.run("stationary run.ini");
  EXPECT_EQ(alone.exit_code, 1) << "of the first point that fails";
  const Json expected = report_of(sandbox)["runs"];
  EXPECT_EQ(expected[1]["verdict"], "failed");
  EXPECT_NE(expected[1].value("reason", "").find("drift"), std::string::npos) << expected[1];
  EXPECT_EQ(expected[2]["exit_code"], 0);
  const Result together = sandbox.run("stationary run.ini --sweep.restart=off", 2);
  EXPECT_EQ(together.exit_code, 1) << together.err;
  EXPECT_EQ(report_of(sandbox)["runs"], expected);
  const Result none = sandbox.run("stationary run.ini --sweep.parameters.k='0 1' --output.dir=none", 2);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("drift"), std::string::npos) << none.err;
  EXPECT_FALSE(sandbox.exists("none")) << "every point failed by its settings";
}

TEST(SweepGroups, EndTogetherWhenAFileOfOneOfThemFails) {
  for (const int ranks : {1, 2, 3}) {
    const Sandbox sandbox;
    sandbox.write("run.ini", relaxation + "[sweep]\nmodel.center = 0 0.5 1 1.5 2 2.5 3 3.5\n");
    sandbox.write("out/0002", "a file where a folder is needed\n");
    const Result result = sandbox.run("stationary run.ini", ranks);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_NE(result.err.find("out/0002"), std::string::npos) << result.err;
    EXPECT_EQ(lines_starting(result.err, "sgdflux: ").size(), 1U) << result.err;
    EXPECT_TRUE(sandbox.exists("out/0001/report.json")) << "points that were finished stay";
    EXPECT_FALSE(sandbox.exists("out/0008")) << "no further point begins";
    EXPECT_FALSE(sandbox.exists("out/report.json"));
  }
}

/// An option that only algebraic multigrid asks for, and a point that is small enough for LU.
TEST(SweepGroups, LetEveryPointUsePetscOptionsByItself) {
  const Sandbox sandbox;
  const std::string options = " -- -stationary_pc_hypre_boomeramg_strong_threshold 0.4";
  sandbox.write("run.ini",
                "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1; 1 1\nnoise_matrix = 1 0; 0 1\n"
                "[mesh]\nx1 = linear(-5, 5) 160\nx2 = linear(-5, 5) 160\n[scheme]\nflux = order2\nestimate = off\n"
                "[sweep]\nmesh.x1 = linear(-5, 5) 160 | linear(-5, 5) 16\n[output]\ndir = out\n");
  for (const int ranks : {1, 2}) {
    const Result result = sandbox.run("stationary run.ini --sweep.restart=off" + options, ranks);
    EXPECT_EQ(result.exit_code, 1) << result.err;
    const Json runs = report_of(sandbox)["runs"];
    EXPECT_EQ(runs[0]["exit_code"], 0) << runs[0];
    EXPECT_EQ(runs[1]["exit_code"], 1) << runs[1];
    EXPECT_NE(runs[1]["reason"].get<std::string>().find("strong_threshold"), std::string::npos);
  }
}

TEST(SweepRanges, AreEvenlySpacedNumbersOrLogarithms) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation +
                               "[scheme]\nestimate = off\n[sweep]\nmodel.center = linear(0.1, 0.4) 4\n"
                               "model.noise_matrix = log(0.5, 2) 3\n");
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 12U);
  EXPECT_EQ(runs[0]["settings"]["model.center"], 0.1);
  EXPECT_EQ(runs[11]["settings"]["model.center"], 0.4);
  EXPECT_NEAR(runs[3]["settings"]["model.center"].get<double>(), 0.2, 1e-16);
  EXPECT_EQ(runs[1]["settings"]["model.noise_matrix"], 1.0);
  EXPECT_EQ(runs[2]["settings"]["model.noise_matrix"], 2.0);
  EXPECT_EQ(report_of(sandbox)["settings"]["sweep.model.center"], "linear(0.1, 0.4) 4");
  EXPECT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "out-rerun/report.json")["runs"], runs);
}

TEST(SweepRanges, ThatAreNoneAreRefused) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  for (const char* range : {"linear(1, 0) 3", "log(0, 1) 3", "linear(0, 1)", "linear(0, 1) 1", "linear(0, 1) 2.5",
                            "linear(0, 1) 3 4", "linear(0, 1) 200000"}) {
    const Result result = sandbox.run("stationary run.ini --sweep.model.center='" + std::string(range) + "'");
    EXPECT_EQ(result.exit_code, 1) << range;
    EXPECT_NE(result.err.find("sweep.model.center"), std::string::npos) << result.err;
  }
}

TEST(SweepRanges, OfKeysThatHoldRangesThemselvesAreSeparatedByBars) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[correlate]\nobservable = x1\n");
  const std::string ranges = "--sweep.correlate.times='log(0.1, 1) 3 | linear(1, 2) 4'";
  const Result result = sandbox.run("correlate run.ini " + ranges);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(report_of(sandbox, "out/0001/report.json")["times"].size(), 3U);
  EXPECT_EQ(report_of(sandbox, "out/0002/report.json")["times"].size(), 4U);
}

}  // namespace
}  // namespace sgdflux::test
