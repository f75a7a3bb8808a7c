/// Commands as a person meets them: help, models, precedence of settings, includes, dry runs.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/program.hpp"

namespace sgdflux::test {
namespace {

const std::string oscillator =
    "[model]\nname = formula\nvariables = x\nparameters = D=0.5 F=0\ndrift.x = F - x\nnoise.x.1 = sqrt(2*D)\n";

bool has_line(const std::string& text, const std::string& line) {
  const auto lines = lines_starting(text, line);
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& found) { return found == line || found.starts_with(line + "  #"); });
}

TEST(Help, ListsTheCommandsThatExistAndNoOthers) {
  const Sandbox sandbox;
  const Result help = sandbox.run("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* name : {"models", "describe NAME", "estimate", "stationary", "evolve", "spectrum", "correlate",
                           "passage", "continue", "sample", "validate", "rerun REPORT"}) {
    EXPECT_EQ(lines_starting(help.out, std::string("  ") + name).size(), 1U) << name;
  }
  EXPECT_EQ(lines_starting(help.out.substr(0, help.out.find("\nOptions")), "  ").size(), 12U) << help.out;
}

TEST(Help, EveryCommandHasItsOwn) {
  const Sandbox sandbox;
  for (const std::string name : {"models", "describe", "estimate", "stationary", "evolve", "spectrum", "correlate",
                                 "passage", "continue", "sample", "validate", "rerun"}) {
    for (const std::string flag : {" --help", " -h"}) {
      const Result help = sandbox.run(name + flag);
      EXPECT_EQ(help.exit_code, 0);
      EXPECT_TRUE(help.out.starts_with("sgdflux " + name)) << help.out;
    }
  }
  EXPECT_NE(sandbox.run("stationary --help").out.find("max_cells"), std::string::npos);
  EXPECT_NE(sandbox.run("evolve --help").out.find("schedule.PARAMETER"), std::string::npos);
  EXPECT_NE(sandbox.run("spectrum --help").out.find("target"), std::string::npos);
  EXPECT_NE(sandbox.run("continue --help").out.find("event.NAME"), std::string::npos);
}

TEST(Version, IsANumber) {
  const Result result = Sandbox().run("--version");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.out.starts_with("sgdflux 0.") || result.out.starts_with("sgdflux 1.")) << result.out;
}

TEST(Models, AreListedAndDescribed) {
  const Sandbox sandbox;
  const Result list = sandbox.run("models");
  EXPECT_EQ(list.exit_code, 0);
  for (const std::string name :
       {"diagonal-network", "balance-pair", "momentum-regression", "ornstein-uhlenbeck", "formula"}) {
    EXPECT_EQ(lines_starting(list.out, name).size(), 1U) << name;
    const Result description = sandbox.run("describe " + name);
    EXPECT_EQ(description.exit_code, 0);
    EXPECT_TRUE(description.out.starts_with(name + ": ")) << description.out;
    for (const char* part : {"\nSDE", "\nVariables", "\nParameters"}) {
      EXPECT_NE(description.out.find(part), std::string::npos) << name << part;
    }
  }
}

TEST(Models, SpeakOnceOnTwoRanks) {
  const Result list = Sandbox().run("models", 2);
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_EQ(lines_starting(list.out, "formula").size(), 1U) << list.out;
}

TEST(Describe, NamesParametersOfTheNetwork) {
  const std::string description = Sandbox().run("describe diagonal-network").out;
  const std::string text = description.substr(std::min(description.find("\nParameters"), description.size()));
  for (const char* name :
       {"depth", "width", "T", "gamma", "alpha1", "alpha2", "alpha3", "beta1", "beta2", "sign", "second_order"}) {
    EXPECT_EQ(lines_starting(text, std::string("  ") + name + " ").size(), 1U) << name;
  }
}

TEST(DryRun, PrintsResolvedSettingsAndWritesNothing) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator + "[output]\ndir = out\n");
  const auto before = sandbox.listing();
  const Result result = sandbox.run("stationary run.ini --dry-run --model.F=2*0.25");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has_line(result.out, "flux = auto")) << result.out;
  EXPECT_TRUE(has_line(result.out, "F = 2*0.25")) << result.out;
  EXPECT_TRUE(has_line(result.out, "x = auto 800")) << result.out;
  EXPECT_TRUE(has_line(result.out, "dir = out")) << result.out;
  EXPECT_EQ(sandbox.listing(), before);
}

TEST(DryRun, ValidatesLikeARun) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator);
  EXPECT_EQ(sandbox.run("stationary run.ini --dry-run --mesh.x='linear(1, 0) 9'").exit_code, 1);
  EXPECT_EQ(sandbox.run("stationary absent.ini --dry-run").exit_code, 3);
}

TEST(Settings, LaterFilesAndTheCommandLineWin) {
  const Sandbox sandbox;
  sandbox.write("a.ini", oscillator + "[scheme]\nmax_cells = 1000\nmax_cells = 1001\ndamping = 0.25\n");
  sandbox.write("b.ini", "[scheme]\ndamping = 0.5\n[mesh]\nx = linear(-4, 4) 32\n");
  const std::string out =
      sandbox.run("stationary a.ini b.ini --dry-run --mesh.x 'linear(-5, 5) 64' --mesh.x='linear(-6, 6) 64'").out;
  EXPECT_TRUE(has_line(out, "max_cells = 1001")) << out;
  EXPECT_TRUE(has_line(out, "damping = 0.5")) << out;
  EXPECT_TRUE(has_line(out, "x = linear(-6, 6) 64")) << out;
  const std::string swapped = sandbox.run("stationary b.ini a.ini --dry-run").out;
  EXPECT_TRUE(has_line(swapped, "damping = 0.25")) << swapped;
}

TEST(Settings, IncludesAreWeakerThanTheLinesOfTheFileAndRelativeToIt) {
  const Sandbox sandbox;
  sandbox.write("runs/model.ini", "# provenance\nF = 0.25\nD = 0.75\n");
  sandbox.write("meshes/line.ini", "[mesh]\nx = linear(-7, 7) 48\n");
  sandbox.write("example/run.ini",
                oscillator + "D = 0.5\ninclude = ../runs/model.ini\n[mesh]\nfile = ../meshes/line.ini\n");
  const Result result = sandbox.run("stationary example/run.ini --dry-run");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has_line(result.out, "F = 0.25")) << result.out;
  EXPECT_TRUE(has_line(result.out, "D = 0.5")) << result.out;
  EXPECT_TRUE(has_line(result.out, "x = linear(-7, 7) 48")) << result.out;
}

TEST(Settings, FilesMayHaveByteOrderMarksCommentsAndWindowsLineEnds) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                "\xEF\xBB\xBF# a comment\r\n[model]   # another\r\nname = ornstein-uhlenbeck\r\n"
                "drift_matrix = 1 0 ; 0 2 # rows\r\nnoise_matrix = 1 0 ; 0 1\r\ncenter = 0 0\r\n");
  const Result result = sandbox.run("stationary run.ini --dry-run");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has_line(result.out, "drift_matrix = 1 0 ; 0 2")) << result.out;
}

TEST(Settings, ParametersServeFormulas) {
  const Sandbox sandbox;
  sandbox.write(
      "run.ini",
      "[parameters]\nk = 1\nsigma = 2*k\n[model]\nname = diagonal-network\nT = 0.1\nbeta1 = 1\nbeta2 = k\nalpha1 = 2\n"
      "alpha2 = 2*k\nalpha3 = 2*k^2 + sigma^2\n");
  const Result result = sandbox.run("stationary run.ini --dry-run --parameters.k=0.5");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has_line(result.out, "alpha3 = 2*k^2 + sigma^2  # = 1.5")) << result.out;
}

TEST(DryRun, ShowsTheDefaultsOfTheCommandAndOfNoOther) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator + "[evolve]\ninitial = exp(-x^2)\nuntil = 2*pi\n");
  const Result result = sandbox.run("evolve run.ini --dry-run");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has_line(result.out, "until = 2*pi")) << result.out;
  EXPECT_TRUE(has_line(result.out, "outputs = 100")) << result.out;
  EXPECT_TRUE(has_line(result.out, "stepper = auto")) << result.out;
  EXPECT_FALSE(has_line(result.out, "[spectrum]")) << result.out;
  EXPECT_FALSE(has_line(sandbox.run("stationary run.ini --dry-run").out, "outputs = 100"));
}

TEST(DryRun, OfCorrelateKnowsTheVariableAndTheSpectrumFileOfMomentumRegression) {
  const Sandbox sandbox;
  sandbox.write("data/modes.csv", "mode,hessian_eigenvalue\n1,3\n2,0.5\n");
  sandbox.write("a/run.ini", "[model]\nname = momentum-regression\nrho = @../data/modes.csv\n");
  const Result result = sandbox.run("correlate a/run.ini --dry-run");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(has_line(result.out, "observable = theta")) << result.out;
  EXPECT_TRUE(has_line(result.out, "times = log(1e-2, 1e3) 100")) << result.out;
  EXPECT_TRUE(has_line(result.out, "rho = @data/modes.csv")) << result.out;
}

TEST(Settings, SectionsOfOtherCommandsMayShareAFile) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator + "[spectrum]\ncount = 8\n[continue]\nparameter = model.F\n");
  EXPECT_EQ(sandbox.run("stationary run.ini --dry-run").exit_code, 0);
}

TEST(Settings, ResolvedOnesAreReadBack) {
  const Sandbox sandbox;
  sandbox.write("run.ini", oscillator + "[observe]\nenergy = x^2/2\n");
  const std::string once = sandbox.run("stationary run.ini --dry-run --output.dir=out").out;
  sandbox.write("settings.ini", once);
  EXPECT_EQ(sandbox.run("stationary settings.ini --dry-run").out, once);
}

}  // namespace
}  // namespace sgdflux::test
