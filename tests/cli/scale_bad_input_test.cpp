/// Wrong input that only large or parallel runs meet: grids beyond the memory, more ranks than cells, options of PETSc
/// that contradict the choice of the solver.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/sweeps.hpp"

namespace sgdflux::test {
namespace {

const std::string plane =
    "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1; 1 1\nnoise_matrix = 1 0; 0 1\n[output]\ndir = out\n";
const std::string line =
    "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1\nnoise_matrix = 1\n[output]\ndir = out\n";
const std::string modes = "[model]\nname = momentum-regression\nrho = 1 0.4\n[output]\ndir = out\n";

std::string mesh(const std::string& cells) {
  return " run.ini --mesh.x1='linear(-5, 5) " + cells + "' --mesh.x2='linear(-5, 5) " + cells + "'";
}

void expect_refusal(const Sandbox& sandbox, const Result& result, const std::vector<std::string>& words) {
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(result.out, "");
  const auto said = lines_starting(result.err, "sgdflux: ");
  ASSERT_EQ(said.size(), 1U) << result.err;
  for (const std::string& word : words) {
    EXPECT_NE(said[0].find(word), std::string::npos) << "'" << word << "' is not in: " << said[0];
  }
  EXPECT_EQ(sandbox.listing(), std::set<std::string>{"run.ini"});
}

struct Command {
  std::string name;
  std::string arguments;
  std::string model = plane;
};

void PrintTo(const Command& command, std::ostream* out) { *out << command.name; }

class BeyondMemory : public testing::TestWithParam<Command> {};

TEST_P(BeyondMemory, IsRefusedWithTheLargestGridThatFits) {
  for (const int ranks : {1, 2}) {
    const Sandbox sandbox;
    sandbox.write("run.ini", GetParam().model);
    expect_refusal(sandbox, sandbox.run(GetParam().arguments, ranks),
                   {"cells need about", " GB", "at most about", " × "});
  }
}

std::vector<Command> beyond_memory() {
  const std::string large = mesh("1000000");
  std::string four = " run.ini";
  std::string three = " run.ini";
  for (const char* name : {"theta1", "v1", "theta2", "v2"}) {
    four += std::string(" --mesh.") + name + "='linear(-3, 3) 900'";
  }
  for (const char* name : {"x1", "x2", "x3"}) {
    three += std::string(" --mesh.") + name + "='linear(-3, 3) 9000'";
  }
  return {{"stationary", "stationary" + large},
          {"spectrum", "spectrum" + large},
          {"correlate", "correlate" + large + " --correlate.observable=x1"},
          {"passage", "passage" + large + " --passage.region='1 - x1'"},
          {"evolve", "evolve" + large + " --evolve.initial='exp(-x1^2-x2^2)' --evolve.until=1"},
          {"validate", "validate" + large},
          {"continue", "continue" + large + " --continue.parameter=parameters.k --continue.from=1 --continue.to=2",
           "[parameters]\nk = 1\n" + plane},
          {"three", "stationary" + three,
           "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 0 0; 0 1 0; 0 0 1\n"
           "noise_matrix = 1 0 0; 0 1 0; 0 0 1\n[output]\ndir = out\n"},
          {"four", "stationary" + four, modes},
          {"four_spectrum", "spectrum" + four, modes}};
}

INSTANTIATE_TEST_SUITE_P(Cli, BeyondMemory, testing::ValuesIn(beyond_memory()),
                         [](const auto& tested) { return tested.param.name; });

TEST(LimitOfTheProcess, CountsWhereItIsLessThanTheMemory) {
  const Sandbox sandbox;
  sandbox.write("run.ini", plane);
  const std::string program = "'" SGDFLUX_PROGRAM "' stationary" + mesh("2500");
  expect_refusal(sandbox, sandbox.shell("ulimit -v 1500000; " + program), {"ulimit", "at most about"});
  // The others cannot go on without the rank that has less than they.
  expect_refusal(sandbox,
                 sandbox.shell(Sandbox::launcher() + "-n 1 " + program +
                               " : -n 1 sh -c 'ulimit -v 1000000; exec \"$@\"' sh " + program),
                 {"ulimit", "at most about", "on each of 2 ranks"});
}

TEST(LimitOfTheProcess, ThatLeavesNothingIsNamed) {
  const Sandbox sandbox;
  sandbox.write("run.ini", plane);
  const std::string program = "'" SGDFLUX_PROGRAM "' stationary" + mesh("100");
  expect_refusal(sandbox,
                 sandbox.shell(Sandbox::launcher() + "-n 1 " + program +
                               " : -n 1 sh -c 'ulimit -v 600000; exec \"$@\"' sh " + program),
                 {"ulimit", "no grid fits"});
}

TEST(LimitOfTheProcess, ThatTheLibrariesDoNotFitInIsSaidAtTheStart) {
  const Sandbox sandbox;
  sandbox.write("run.ini", plane);
  const std::string program = "'" SGDFLUX_PROGRAM "' stationary" + mesh("100");
  const Result alone = sandbox.shell("ulimit -v 400000; " + program);
  EXPECT_EQ(alone.exit_code, 1) << alone.err;
  EXPECT_NE(alone.err.find("sgdflux: out of memory"), std::string::npos) << alone.err;
  const Result two = sandbox.shell(Sandbox::launcher() + "-n 1 " + program +
                                   " : -n 1 sh -c 'ulimit -v 400000; exec \"$@\"' sh " + program);
  EXPECT_NE(two.exit_code, 0);
  EXPECT_NE(two.err.find("rank 1: out of memory"), std::string::npos) << two.err;
}

/// Every number of a report but what depends on the run: seconds, bytes, numbers of ranks and of iterations, residuals
/// of the size of rounding.
std::map<std::string, double> numbers(const Json& report) {
  std::map<std::string, double> result;
  const Json flat = report.flatten();
  for (const auto& [path, value] : flat.items()) {
    const bool compared = path.starts_with("/observables/") || path.starts_with("/series/") ||
                          path.starts_with("/correlation/") || path.starts_with("/passage/");
    if (compared && value.is_number() && path.find("error") == std::string::npos) {
      result[path] = value.get<double>();
    }
  }
  return result;
}

class MoreRanksThanCells : public testing::TestWithParam<Command> {};

TEST_P(MoreRanksThanCells, ChangeNothing) {
  const Sandbox sandbox;
  sandbox.write("run.ini", GetParam().model);
  const Result alone = sandbox.run(GetParam().arguments);
  ASSERT_TRUE(sandbox.exists("out/report.json")) << alone.err;
  const auto expected = numbers(report_of(sandbox));
  ASSERT_FALSE(expected.empty()) << report_of(sandbox).dump(1);
  std::filesystem::remove(sandbox.path("out/report.json"));
  const Result many = sandbox.run(GetParam().arguments, 4);
  EXPECT_EQ(many.exit_code, alone.exit_code) << many.err;
  const auto found = numbers(report_of(sandbox));
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, value] : expected) {
    EXPECT_NEAR(found.at(name), value, 1e-11) << name;
  }
}

/// Grids of the estimate have fewer cells than ranks: 3 of 4, and 2 × 2 of 4 × 4.
std::vector<Command> few_cells() {
  const std::string one = " run.ini --mesh.x1='auto 4'";
  const std::string two = " run.ini --mesh.x1='linear(-3, 3) 4' --mesh.x2='linear(-3, 3) 4'";
  return {{"stationary", "stationary" + one, line},
          {"evolve", "evolve" + one + " --evolve.initial='exp(-x1^2)' --evolve.until=1", line},
          {"correlate", "correlate run.ini --mesh.x1='linear(-3, 3) 4' --correlate.observable=x1 --scheme.flux=exact",
           line},
          {"validate", "validate" + one + " --sample.paths=64 --sample.steps=200", line},
          {"plane", "stationary" + two, plane}};
}

INSTANTIATE_TEST_SUITE_P(Cli, MoreRanksThanCells, testing::ValuesIn(few_cells()),
                         [](const auto& tested) { return tested.param.name; });

TEST(MoreRanksThanCells, AreTooFewCellsForASpectrumOnAnyNumberOfThem) {
  for (const int ranks : {1, 4}) {
    const Sandbox sandbox;
    sandbox.write("run.ini", line);
    expect_refusal(sandbox, sandbox.run("spectrum run.ini --mesh.x1='auto 4'", ranks), {"spectrum.count", "4 cells"});
  }
}

struct Options {
  std::string name;
  std::string options;
  int exit_code = 0;
  std::string solver;  ///< what the report says of it, or the sentence of the refusal
  int cells = 150;
};

void PrintTo(const Options& options, std::ostream* out) { *out << options.name; }

class OptionsOfPetsc : public testing::TestWithParam<Options> {};

TEST_P(OptionsOfPetsc, AreHonouredAndNamedOrRefused) {
  const Options& tested = GetParam();
  const Sandbox sandbox;
  sandbox.write("run.ini", plane);
  const Result result =
      sandbox.run("stationary" + mesh(std::to_string(tested.cells)) + " --scheme.estimate=off -- " + tested.options);
  if (tested.exit_code == 1) {
    expect_refusal(sandbox, result, {tested.solver});
    return;
  }
  EXPECT_EQ(result.exit_code, tested.exit_code) << result.err;
  const Json report = report_of(sandbox);
  const std::string solver = report.at("scheme").at("solver");
  EXPECT_NE(solver.find(tested.solver), std::string::npos) << solver;
  if (tested.exit_code == 0) {
    EXPECT_LE(report.at("reference").at("l1").get<double>(), 1e-9);
    EXPECT_LE(report.at("solves").back().at("residual").get<double>(), 1e-12);
  } else {
    EXPECT_EQ(report.at("verdict"), "not-converged");
    EXPECT_EQ(report.at("reason").get<std::string>().find("did not converge: converged"), std::string::npos);
  }
}

std::vector<Options> options_of_petsc() {
  return {
      {"krylov", "-stationary_ksp_type gmres", 0, "gmres with shell in place of BiCGStab with geometric multigrid"},
      {"preconditioner", "-stationary_pc_type lu", 0, "fgmres with lu in place of FGMRES with algebraic multigrid"},
      {"few_iterations", "-stationary_ksp_type fgmres -stationary_ksp_max_it 1", 2, "10 iterations: did not converge"},
      {"loose", "-stationary_ksp_rtol .1", 0, "geometric multigrid"},
      {"loose_absolute", "-stationary_ksp_atol 1", 2, "did not converge"},
      {"no_krylov", "-stationary_ksp_type preonly", 2, "preonly with shell"},
      {"no_preconditioner", "-stationary_pc_type none -stationary_ksp_max_it 20", 2, "fgmres with none"},
      {"no_direct", "-stationary_ksp_type gmres -stationary_pc_type jacobi", 2, "gmres with jacobi in place of LU", 60},
      {"unknown_preconditioner", "-stationary_pc_type nonsense", 1, "nonsense"},
      {"unknown_krylov", "-stationary_ksp_type nonsense", 1, "nonsense"},
      {"unknown_choice", "-stationary_pc_type hypre -stationary_pc_hypre_type nonsense", 1, "nonsense"},
      {"no_number", "-stationary_ksp_max_it abc", 1, "abc"},
      {"impossible", "-stationary_ksp_type richardson", 1, "richardson"},
      {"misspelt", "-statonary_pc_type lu", 1, "-statonary_pc_type"},
      {"of_another_solver", "-spectrum_pc_type lu", 1, "-spectrum_pc_type"}};
}

INSTANTIATE_TEST_SUITE_P(Cli, OptionsOfPetsc, testing::ValuesIn(options_of_petsc()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sgdflux::test
