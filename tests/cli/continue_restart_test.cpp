/// Branches that were killed, and finished ones that are asked for again, extended, refined or traced further.
#include "support/branches.hpp"
#include "support/killing.hpp"

namespace sgdflux::test {
namespace {

constexpr Tolerance restarted{1e-10, 1e-10};
/// Errors of circulations come from the last digits of the density at the ends of the mesh.
constexpr Tolerance restarted_2d{1e-10, 1e-5};

/// `continue run.ini`, killed as soon as `file` is there.
bool killed_at(const Sandbox& sandbox, const std::string& file) {
  return killed_at(sandbox, {"continue", "run.ini"}, file);
}

/// Kills at the k-th point, goes on, and compares with an undisturbed run.
void expect_resumed(const std::string& settings, const std::string& k, std::size_t least, std::size_t most,
                    const Tolerance& tolerance) {
  const Sandbox sandbox;
  sandbox.write("run.ini", settings);
  ASSERT_TRUE(killed_at(sandbox, "out/points/" + k + ".h5"));
  ASSERT_FALSE(sandbox.exists("out/report.json"));
  const std::size_t found = study_of(sandbox)["points"].size();
  EXPECT_GE(found, least);
  EXPECT_LE(found, most);
  const Result on = sandbox.run("continue run.ini --continue.restart=on");
  ASSERT_EQ(on.exit_code, 0) << on.err;
  const Json resumed = report_of(sandbox);
  EXPECT_EQ(resumed["restart"]["points"], found);
  ASSERT_EQ(sandbox.run("continue run.ini --output.dir=whole").exit_code, 0);
  const Json whole = report_of(sandbox, "whole/report.json");
  EXPECT_GT(whole["points"].size(), most);
  expect_same_branch(whole, resumed, tolerance);
}

TEST(ContinueRestart, AKilledBranchOfTwoVariablesGoesOnToTheSameNumbers) {
  expect_resumed(momentum_branch + "[continue]\nmax_step = 0.015\nsensitivities = off\n", "0006", 5, 15, restarted_2d);
}

TEST(ContinueRestart, AKilledBranchGoesOnWithItsEigenvalues) {
  expect_resumed(pull + "[continue]\ntrack = 2\nmax_step = 0.025\nevent.slow = gap - 0.7\n", "0005", 4, 14, restarted);
}

TEST(ContinueRestart, ABranchThatIsKilledAgainAndAgainEndsTheSame) {
  const Sandbox sandbox;
  sandbox.write("run.ini", teacher + "[continue]\ndensities = on\n");
  for (const char* file : {"out/points/0003.h5", "out/points/0005.h5", "out/points/0008.h5"}) {
    ASSERT_TRUE(killed_at(sandbox, file)) << file;
  }
  ASSERT_EQ(sandbox.run("continue run.ini").exit_code, 0);
  ASSERT_EQ(sandbox.run("continue run.ini --output.dir=whole").exit_code, 0);
  expect_same_branch(report_of(sandbox, "whole/report.json"), report_of(sandbox), restarted);
}

class FinishedBranch : public testing::Test {
 protected:
  void SetUp() override {
    sandbox.write("run.ini", pull);
    again("");
  }
  /// The same command with `change`; its report.
  Json again(const std::string& change) {
    const Result result = sandbox.run("continue run.ini " + change);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    report = report_of(sandbox);
    return report;
  }
  [[nodiscard]] std::filesystem::file_time_type written(const std::string& name) const {
    return std::filesystem::last_write_time(sandbox.path(name));
  }
  Sandbox sandbox;
  Json report;
};

TEST_F(FinishedBranch, IsNotComputedAgain) {
  const Json before = report;
  const auto study = written("out/study.json");
  const auto density = written("out/points/0001.h5");
  again("");
  EXPECT_EQ(report["restart"]["points"], before["points"].size());
  EXPECT_EQ(report["points"], before["points"]);
  EXPECT_EQ(report["events"], before["events"]);
  EXPECT_EQ(report["solves"], before["solves"]);
  EXPECT_EQ(written("out/study.json"), study);
  EXPECT_EQ(written("out/points/0001.h5"), density);
}

TEST_F(FinishedBranch, IsComputedAgainWithRestartOff) {
  const Json before = report;
  const auto density = written("out/points/0001.h5");
  sandbox.write("out/points/notes.txt", "of the user");
  again("--continue.restart=off --continue.to=0.8 --continue.step=0.1 --continue.max_step=0.1");
  EXPECT_FALSE(report.contains("restart"));
  EXPECT_NE(written("out/points/0001.h5"), density);
  EXPECT_EQ(report["points"].back()["parameter"], 0.8);
  EXPECT_LT(report["points"].size(), before["points"].size());
  EXPECT_TRUE(sandbox.exists("out/points/notes.txt")) << "only what a study has written goes with it";
  EXPECT_FALSE(sandbox.exists("out/points/" + before["points"].back()["fields"].get<std::string>().substr(7)));
}

TEST_F(FinishedBranch, IsExtendedAndKeepsItsPoints) {
  const Json before = report;
  again("--continue.to=0.5 --continue.event.a='half - 0.3'");
  ASSERT_GT(report["points"].size(), before["points"].size());
  for (std::size_t i = 0; i < before["points"].size(); ++i) {
    EXPECT_EQ(report["points"][i], before["points"][i]) << i;
  }
  EXPECT_EQ(report["points"].back()["parameter"], 0.5);
  EXPECT_EQ(report["ended"], "reached parameters.k = 0.5");
  EXPECT_EQ(report["events"], before["events"]);
}

TEST_F(FinishedBranch, IsRefinedBetweenItsPoints) {
  const Json before = report;
  again("--continue.max_step=0.02");
  ASSERT_GT(report["points"].size(), 20U);
  std::size_t kept = 0;
  double last = 2;
  for (const Json& point : report["points"]) {
    const double k = point["parameter"].get<double>();
    EXPECT_LT(k, last);
    EXPECT_LE(last == 2 ? 0 : last - k, 0.02 + 1e-12);
    EXPECT_NEAR(point["observables"]["cov.x.x"]["value"].get<double>(), 0.5 / k, 1e-9);
    kept += kept < before["points"].size() && point == before["points"][kept] ? 1 : 0;
    last = k;
  }
  EXPECT_EQ(kept, before["points"].size());
  EXPECT_EQ(report["events"], before["events"]);
}

TEST_F(FinishedBranch, IsRefinedToTheEndWhenThatWasKilled) {
  sandbox.write("run.ini", pull + "[continue]\nmax_step = 0.02\n");
  ASSERT_TRUE(killed_at(sandbox, "out/points/0015.h5"));
  again("");
  double last = 1;
  for (const Json& point : report["points"]) {
    EXPECT_LE(last - point["parameter"].get<double>(), 0.02 + 1e-12);
    last = point["parameter"].get<double>();
  }
  EXPECT_EQ(last, 0.6);
}

TEST_F(FinishedBranch, MeetsItsStopAgain) {
  again("--output.dir=out --continue.restart=off --continue.stop=a");
  const std::size_t points = report["points"].size();
  const std::string ended = report["ended"];
  EXPECT_TRUE(ended.starts_with("stopped at a, parameters.k = 0.8333")) << ended;
  again("--continue.stop=a --continue.to=0.4");
  EXPECT_EQ(report["points"].size(), points);
  EXPECT_EQ(report["ended"], ended);
  again("--continue.to=0.5");
  EXPECT_EQ(report["ended"], "reached parameters.k = 0.5");
}

TEST_F(FinishedBranch, IsTracedInASecondParameterOnce) {
  const std::string lines = "--lines.parameter=model.F --lines.from=0.45 --lines.to=0.55 --lines.step=0.05";
  const Json before = report;
  again(lines);
  EXPECT_EQ(report["points"], before["points"]);
  ASSERT_EQ(report["lines"].size(), 1U);
  for (const Json& point : report["lines"][0]["points"]) {
    EXPECT_NEAR(point["value"].get<double>(), point["second"].get<double>() / 0.6, 1e-8);
  }
  EXPECT_EQ(report["lines"][0]["points"].front()["second"], 0.45);
  EXPECT_EQ(report["lines"][0]["points"].back()["second"], 0.55);
  EXPECT_TRUE(sandbox.read("out/lines.csv").starts_with("kind,subject,second,value,error\na,,0.45,0.7"));
  const Json traced = report["lines"];
  const auto study = written("out/study.json");
  EXPECT_EQ(again(lines)["lines"], traced);
  EXPECT_EQ(written("out/study.json"), study) << "nothing was traced again";
  EXPECT_FALSE(again("").contains("lines"));
}

TEST(ContinueRestart, ASweepOfOtherValuesComputesAgainWhatHasChanged) {
  const Sandbox sandbox;
  sandbox.write("run.ini", pull + "[continue]\nto = 0.9\nevent.a = mean.x - 0.52\n[sweep]\nmodel.F = 0.5 0.6\n");
  ASSERT_EQ(sandbox.run("continue run.ini").exit_code, 0);
  const Result other = sandbox.run("continue run.ini --sweep.model.F='0.5 0.51'");
  ASSERT_EQ(other.exit_code, 0) << other.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["provenance"]["taken_over"], 1);
  EXPECT_NEAR(report["runs"][1]["observables"]["a"]["value"].get<double>(), 0.51 / 0.52, 1e-8);
  EXPECT_NE(other.out.find("begun anew: "), std::string::npos) << other.out;
  EXPECT_NE(other.out.find("model.F = 0.6 there and 0.51 here"), std::string::npos) << other.out;
}

}  // namespace
}  // namespace sgdflux::test
