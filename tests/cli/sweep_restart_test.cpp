/// Sweeps that were killed, or whose folder holds reports of the same or of another sweep.
#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/sweeps.hpp"

namespace sgdflux::test {
namespace {

namespace fs = std::filesystem;

/// Every process that runs in the sandbox ends as if its machine had lost power.
void kill_everything_in(const Sandbox& sandbox) {
  for (bool any = true; any;) {
    any = false;
    for (const auto& process : fs::directory_iterator("/proc")) {
      std::error_code gone;
      const std::string name = process.path().filename().string();
      if (std::isdigit(static_cast<unsigned char>(name[0])) != 0 &&
          fs::read_symlink(process.path() / "cwd", gone) == sandbox.path("x").parent_path()) {
        any = kill(std::stoi(name), SIGKILL) == 0 || any;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// What a killed launcher leaves goes into the sandbox.
void keep_temporary_files_in(const Sandbox& sandbox) {
  const std::string folder = sandbox.path().parent_path().parent_path().string();
  for (const char* name : {"TMPDIR", "OMPI_MCA_orte_tmpdir_base", "OMPI_MCA_btl_vader_backing_directory",
                           "OMPI_MCA_osc_sm_backing_directory"}) {
    setenv(name, folder.c_str(), 1);
  }
}

/// Starts a sweep on two ranks and kills it when `points` of its points are done. Whether it was still running.
bool killed_after(const Sandbox& sandbox, const std::string& arguments, std::size_t points) {
  const pid_t child = fork();
  if (child == 0) {
    keep_temporary_files_in(sandbox);
    static_cast<void>(sandbox.run(arguments, 2));
    _exit(0);
  }
  const auto finished = [&] {
    std::size_t count = 0;
    for (const char* folder : {"0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"}) {
      count += sandbox.exists("out/" + std::string(folder) + "/report.json") ? 1 : 0;
    }
    return count;
  };
  int status = 0;
  while (finished() < points && waitpid(child, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill_everything_in(sandbox);
  static_cast<void>(waitpid(child, &status, 0));
  return !sandbox.exists("out/report.json");
}

TEST(SweepRestart, AKilledSweepGoesOnToTheSameSummary) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator +
                               "[mesh]\ntheta = auto 72\nv = auto 72\n"
                               "[sweep]\nmodel.beta = 0.5 0.9\nmodel.eta = linear(0.1, 0.2) 4\n");
  ASSERT_TRUE(killed_after(sandbox, "stationary run.ini", 3));
  const Result second = sandbox.run("stationary run.ini", 2);
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_GE(taken_over(sandbox), 3U);
  EXPECT_LT(taken_over(sandbox), 8U);
  EXPECT_NE(second.out.find(std::to_string(taken_over(sandbox)) + " of 8 points taken over"), std::string::npos);
  const Sandbox undisturbed;
  undisturbed.write("run.ini", sandbox.read("run.ini"));
  ASSERT_EQ(undisturbed.run("stationary run.ini", 2).exit_code, 0);
  EXPECT_EQ(without_circumstances(report_of(sandbox)), without_circumstances(report_of(undisturbed)));
}

/// Runs a sweep twice: what comes from reports must be what came from computing.
void expect_taken_over(const std::string& command, const std::string& settings, std::size_t points, int exit_code = 0) {
  const Sandbox sandbox;
  sandbox.write("run.ini", settings);
  ASSERT_EQ(sandbox.run(command + " run.ini").exit_code, exit_code) << command;
  const Json first = without_circumstances(report_of(sandbox));
  EXPECT_EQ(taken_over(sandbox), 0U);
  const Result again = sandbox.run(command + " run.ini");
  ASSERT_EQ(again.exit_code, exit_code) << again.err;
  EXPECT_EQ(taken_over(sandbox), points) << command;
  EXPECT_EQ(again.out.find("[1/"), std::string::npos) << "nothing is computed";
  EXPECT_EQ(without_circumstances(report_of(sandbox)), first) << command;
}

TEST(SweepRestart, TakesOverWhatEveryCommandHasFound) {
  const std::string well =
      "[model]\nname = formula\nvariables = x\nparameters = D=0.5\ndrift.x = x - x^3\nnoise.x.1 = sqrt(2*D)\n"
      "[mesh]\nx = linear(-3.5, 3.5) 120\n[output]\ndir = out\n";
  expect_taken_over("stationary", relaxation + "[sweep]\nmodel.center = 0 0.5\n", 2);
  expect_taken_over(
      "evolve",
      relaxation + "[evolve]\ninitial = point(0; 0.3)\nuntil = 1\noutputs = 2\n[sweep]\nmodel.center = 0 0.5\n", 2);
  expect_taken_over("spectrum", relaxation + "[sweep]\nspectrum.count = 2 4\n", 2);
  expect_taken_over("correlate",
                    relaxation + "[correlate]\nobservable = x1\ntimes = 1 2\n[sweep]\nmodel.center = 0 1\n", 2);
  expect_taken_over("passage", well + "[passage]\nstart = -1\nexit = x - 1\nregion = -x\n[sweep]\nmodel.D = 0.3 0.5\n",
                    2);
  expect_taken_over("sample", relaxation + "[sample]\npaths = 32\nsteps = 200\n[sweep]\nsample.seed = 1 2\n", 2);
  expect_taken_over(
      "validate",
      relaxation + "[sample]\npaths = 64\nsteps = 1000\ndt = 0.05\n[sweep]\nvalidate.significance = 1e-6 1e-7\n", 2);
}

TEST(SweepRestart, TakesOverTheEventsOfBranches) {
  expect_taken_over("continue",
                    "[model]\nname = formula\nvariables = x\nparameters = D=0.5 F=0\ndrift.x = -x + F\n"
                    "noise.x.1 = sqrt(2*D)\n[mesh]\nx = linear(-6, 6) 60\n[continue]\nparameter = model.D\nfrom = 0.3\n"
                    "to = 0.6\nevent.half = cov.x.x - 0.5\n[sweep]\nmodel.F = 0 0.1\n[output]\ndir = out\n",
                    2);
}

TEST(SweepRestart, TakesOverAnswersThatAreNone) {
  expect_taken_over(
      "stationary",
      "[model]\nname = diagonal-network\ndepth = 1\nbeta1 = 1\nbeta2 = 1\nalpha1 = 2\nalpha2 = 2\nalpha3 = 3\n"
      "[mesh]\ns = auto 200\n[sweep]\nmodel.T = 0.1 0.5\n[output]\ndir = out\n",
      2, 5);
}

TEST(SweepRestart, TakesOverEstimatesUnlessTheirDataChange) {
  const Sandbox sandbox;
  sandbox.write("data.csv", "x,y\n1,2\n2,3\n3,7\n-1,-2.5\n0.5,1\n");
  sandbox.write("run.ini",
                "[data]\nfile = data.csv\nx = x\ny = y\n[sweep]\nestimate.seed = 1 2\n[output]\ndir = out\n");
  ASSERT_EQ(sandbox.run("estimate run.ini").exit_code, 0);
  const Json first = report_of(sandbox)["runs"];
  ASSERT_EQ(sandbox.run("estimate run.ini --sweep.restart=on").exit_code, 0);
  EXPECT_EQ(taken_over(sandbox), 2U);
  EXPECT_EQ(report_of(sandbox)["runs"], first);
  sandbox.write("data.csv", "x,y\n1,2\n2,3\n3,8\n-1,-2.5\n0.5,1\n");
  const Result on = sandbox.run("estimate run.ini --sweep.restart=on");
  EXPECT_EQ(on.exit_code, 1);
  EXPECT_NE(on.err.find("content of data.csv has changed"), std::string::npos) << on.err;
  ASSERT_EQ(sandbox.run("estimate run.ini").exit_code, 0);
  EXPECT_EQ(taken_over(sandbox), 0U);
  EXPECT_NE(report_of(sandbox)["runs"], first);
}

class SweptFolder : public testing::Test {
 protected:
  void SetUp() override {
    sandbox.write("run.ini", relaxation + "[scheme]\nestimate = off\n[sweep]\nmodel.center = 0 0.5\n");
    ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  }
  /// After the same command with `change`: how many points were taken over, and what was said.
  std::size_t taken_with(const std::string& change) {
    last = sandbox.run("stationary run.ini " + change, 2);
    EXPECT_EQ(last.exit_code, 0) << last.err;
    return taken_over(sandbox);
  }
  Sandbox sandbox;
  Result last;
};

TEST_F(SweptFolder, IsTakenOverOnAnyNumberOfRanksAndGroups) {
  EXPECT_EQ(taken_with(""), 2U);
  EXPECT_EQ(taken_with("--sweep.groups=1"), 2U);
}

TEST_F(SweptFolder, IsComputedAgainWithRestartOff) { EXPECT_EQ(taken_with("--sweep.restart=off"), 0U); }

TEST_F(SweptFolder, OfOtherSettingsIsComputedAgainAndThisIsSaid) {
  EXPECT_EQ(taken_with("--model.drift_matrix=2"), 0U);
  EXPECT_NE(last.out.find("2 reports of another run"), std::string::npos) << last.out;
  EXPECT_NE(last.out.find("model.drift_matrix = 1 there, 2 here"), std::string::npos) << last.out;
  EXPECT_NEAR(report_of(sandbox)["runs"][0]["observables"]["cov.x1.x1"]["value"].get<double>(), 0.25, 1e-6);
}

TEST_F(SweptFolder, IsTakenOverPointByPoint) {
  EXPECT_EQ(taken_with("--sweep.model.center='0 0.75 1'"), 1U);
  EXPECT_NE(last.out.find("1 report of another run"), std::string::npos) << last.out;
  EXPECT_NE(last.out.find("model.center = 0.5 there, 0.75 here"), std::string::npos) << last.out;
}

TEST_F(SweptFolder, IsInsistedOnByNamingTheFirstDifference) {
  const Json before = report_of(sandbox);
  const Result result = sandbox.run("stationary run.ini --sweep.restart=on --model.drift_matrix=2", 2);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("out/0001/report.json"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("model.drift_matrix = 1 there, 2 here"), std::string::npos) << result.err;
  EXPECT_EQ(report_of(sandbox), before);
  const Result other = sandbox.run("spectrum run.ini --sweep.restart=on");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("command stationary there, spectrum here"), std::string::npos) << other.err;
}

TEST_F(SweptFolder, OfAnotherProgramOrFormatIsComputedAgain) {
  for (const char* pointer : {"/provenance/versions/sgdflux", "/provenance/commit", "/format_version"}) {
    Json report = report_of(sandbox, "out/0001/report.json");
    report[Json::json_pointer(pointer)] = pointer == std::string("/format_version") ? Json({1, 0}) : Json("other");
    sandbox.write("out/0001/report.json", report.dump());
    EXPECT_EQ(taken_with(""), 1U) << pointer;
    EXPECT_NE(last.out.find(" there, "), std::string::npos) << last.out;
  }
}

TEST_F(SweptFolder, WithADamagedReportIsComputedAgainOrRefused) {
  for (const char* text : {"{", "{\"format\": \"sgdflux-report\", \"command\": \"stationary\", \"settings\": {}}"}) {
    sandbox.write("out/0002/report.json", text);
    const Result on = sandbox.run("stationary run.ini --sweep.restart=on");
    EXPECT_EQ(on.exit_code, 3) << on.err;
    EXPECT_NE(on.err.find("out/0002/report.json"), std::string::npos) << on.err;
    EXPECT_EQ(taken_with(""), 1U);
    EXPECT_NE(last.out.find("out/0002/report.json"), std::string::npos) << last.out;
  }
}

TEST_F(SweptFolder, OfOtherPetscOptionsIsComputedAgain) {
  EXPECT_EQ(taken_with("-- -stationary_mat_mumps_icntl_14 40"), 0U);
  EXPECT_EQ(taken_with("-- -stationary_mat_mumps_icntl_14 40"), 2U) << "used when the points were computed";
  EXPECT_EQ(taken_with(""), 0U);
}

TEST_F(SweptFolder, IsRepeatedNotTakenOverByRerun) {
  ASSERT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  ASSERT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  const Json again = report_of(sandbox, "out-rerun/report.json");
  EXPECT_EQ(again["provenance"]["taken_over"], 0);
  EXPECT_EQ(again["runs"], report_of(sandbox)["runs"]);
  EXPECT_EQ(sandbox.run("rerun out/0002/report.json --output.dir=single").exit_code, 0);
  EXPECT_FALSE(report_of(sandbox, "single/report.json").contains("runs"));
}

}  // namespace
}  // namespace sgdflux::test
