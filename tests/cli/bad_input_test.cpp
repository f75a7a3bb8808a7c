/// Wrong input, seen from outside: one sentence on stderr, the right exit code on every rank count, nothing
/// half-written.
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "support/program.hpp"

namespace sgdflux::test {
namespace {

const std::string ring =
    "[model]\nname = formula\nvariables = x\nparameters = F=0.7\ndrift.x = F - sin(x)\nnoise.x.1 = sqrt(2)\n";
const std::string ring_mesh = "[mesh]\nx = linear(0, 2*pi) 64 periodic\n";
const std::string momentum =
    "[model]\nname = momentum-regression\neta = 0.1\nbeta = 0.9\nbatch = 32\nrho = 1\nsigma2 = 1\n";
const std::string network =
    "[model]\nname = diagonal-network\ndepth = 1\nT = 0.1\nbeta1 = 1\nbeta2 = 1\nalpha1 = 2\nalpha2 = 2\nalpha3 = 3\n";

struct Case {
  std::string name;
  std::string arguments;
  int exit_code;
  std::vector<std::string> words;  // what the sentence must hold
  std::map<std::string, std::string> files{};
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

std::string csv(const std::string& body) { return "a,b,y\n" + body; }

const std::string estimate = "estimate --data.file=d.csv --data.x=a --data.y=y --output.dir=out";

std::vector<Case> cases() {
  const std::string stationary = "stationary run.ini --output.dir=out";
  const std::map<std::string, std::string> good{{"run.ini", ring + ring_mesh}};
  return {
      // names
      {"no_command", "", 1, {"no command"}},
      {"unknown_command", "stationery run.ini", 1, {"stationery", "stationary"}, good},
      {"command_of_later", "evolve run.ini", 1, {"unknown command", "evolve"}, good},
      {"unknown_option", "stationary run.ini --dryrun", 1, {"--dryrun", "--dry-run"}, good},
      {"abbreviated_option", "stationary run.ini --dry", 1, {"--dry-run"}, good},
      {"key_without_section", stationary + " --flux=order2", 1, {"--scheme.flux"}, good},
      {"unknown_key", stationary + " --scheme.flix=exact", 1, {"scheme.flix", "scheme.flux", "command line"}, good},
      {"abbreviated_key", stationary + " --scheme.fl=exact", 1, {"scheme.fl", "scheme.flux"}, good},
      {"unknown_key_in_file",
       stationary,
       1,
       {"scheme.flux", "run.ini:10"},
       {{"run.ini", ring + ring_mesh + "[scheme]\nfluxx = exact\n"}}},
      {"unknown_section", stationary, 1, {"modle", "model"}, {{"run.ini", "[modle]\nname = formula\n"}}},
      {"unknown_model_key",
       stationary + " --model.tau=1",
       1,
       {"tau", "[model]", "command line"},
       {{"run.ini", network}}},
      {"unknown_model", stationary + " --model.name=diagonal-netwerk", 1, {"diagonal-network"}, good},
      {"model_missing", "stationary --output.dir=out", 1, {"model.name"}},
      {"describe_unknown_model", "describe ornstein-uhlenbek", 1, {"ornstein-uhlenbeck"}},
      {"describe_nothing", "describe", 1, {"describe NAME"}},
      {"unknown_variable",
       stationary,
       1,
       {"'z'", "[mesh]", "run.ini:8"},
       {{"run.ini", ring + "[mesh]\nz = linear(0, 1) 10\n"}}},
      {"unknown_map", stationary + " --mesh.x='liner(0, 1) 10'", 1, {"liner", "linear"}, good},
      {"unknown_boundary", stationary + " --mesh.x='linear(0, 1) 10 reflectin'", 1, {"reflectin", "reflecting"}, good},
      {"unknown_choice", stationary + " --scheme.flux=order3", 1, {"order3", "order2"}, good},
      // values
      {"no_number", stationary + " --model.T=warm", 1, {"model.T", "warm"}, {{"run.ini", network}}},
      {"not_a_number", stationary + " --model.T=nan", 1, {"model.T"}, {{"run.ini", network}}},
      {"zero_temperature", stationary + " --model.T=0", 1, {"model.T", "0"}, {{"run.ini", network}}},
      {"negative_temperature", stationary + " --model.T=-0.1", 1, {"model.T", "-0.1"}, {{"run.ini", network}}},
      {"zero_learning_rate", stationary + " --model.eta=0", 1, {"model.eta"}, {{"run.ini", momentum}}},
      {"momentum_one", stationary + " --model.beta=1", 1, {"model.beta", "< 1"}, {{"run.ini", momentum}}},
      {"momentum_negative", stationary + " --model.beta=-0.1", 1, {"model.beta"}, {{"run.ini", momentum}}},
      {"zero_batch", stationary + " --model.batch=0", 1, {"model.batch"}, {{"run.ini", momentum}}},
      {"negative_delta", stationary + " --model.alpha2=10", 1, {"alpha"}, {{"run.ini", network}}},
      {"damping_out_of_range", stationary + " --scheme.damping=2", 1, {"scheme.damping", "2"}, good},
      {"value_missing", stationary + " --model.F=", 1, {"model.F"}, good},
      // formulas
      {"formula_syntax", stationary + " --model.drift.x='F - sin(x'", 1, {"drift.x"}, good},
      {"formula_unknown_symbol", stationary + " --model.drift.x='F - sin(xx)'", 1, {"drift.x", "xx"}, good},
      {"formula_assignment", stationary + " --model.drift.x='x = 5'", 1, {"drift.x"}, good},
      {"formula_list", stationary + " --model.drift.x='x, 5'", 1, {"drift.x"}, good},
      {"formula_nan", stationary + " --model.drift.x='sqrt(-1 - x^2)'", 1, {"x"}, good},
      {"formula_infinite", stationary + " --model.drift.x='1/(x - x)'", 1, {"x"}, good},
      {"observable_unknown_symbol", stationary + " --observe.loss='w^2'", 1, {"w"}, good},
      {"observable_named_like_a_function", stationary + " --observe.sin='x^2'", 1, {"sin"}, good},
      {"parameter_unknown_symbol", stationary + " --parameters.k='2*q'", 1, {"parameters.k", "q"}, good},
      // meshes
      {"mesh_reversed", stationary + " --mesh.x='linear(1, 0) 10'", 1, {"x"}, good},
      {"mesh_no_cells", stationary + " --mesh.x='linear(0, 1) 0'", 1, {"x", "0"}, good},
      {"mesh_log_negative", stationary + " --mesh.x='log(-1, 1) 10'", 1, {"log"}, good},
      {"mesh_too_large", stationary + " --mesh.x='linear(0, 2*pi) 2000000000 periodic'", 1, {"cells"}, good},
      {"mesh_periodic_auto", stationary + " --mesh.x='auto 100 periodic'", 1, {"periodic"}, good},
      {"mesh_too_large_for_memory",
       stationary + " --scheme.max_cells=3000000000000000 --mesh.x='linear(0, 2*pi) 2000000000 periodic'",
       1,
       {"cells"},
       good},
      // settings files
      {"ini_colon", stationary, 1, {"run.ini:2", "depth: 1"}, {{"run.ini", "[model]\ndepth: 1\n"}}},
      {"ini_section_open", stationary, 1, {"run.ini:1", "[model"}, {{"run.ini", "[model\nname = formula\n"}}},
      {"ini_no_value", stationary, 1, {"run.ini:2", "name"}, {{"run.ini", "[model]\nname =   # later\n"}}},
      {"ini_no_section", stationary, 1, {"run.ini:1", "name"}, {{"run.ini", "name = formula\n"}}},
      {"ini_cycle",
       stationary,
       1,
       {"more.ini:1", "includes itself"},
       {{"run.ini", "include = more.ini\n"}, {"more.ini", "include = run.ini\n"}}},
      {"ini_include_missing", stationary, 3, {"run.ini:1", "absent.ini"}, {{"run.ini", "include = absent.ini\n"}}},
      {"sweep_unknown_key",
       stationary + " --sweep.scheme.flix='exact order2'",
       1,
       {"scheme.flix", "scheme.flux"},
       good},
      {"sweep_bad_point", stationary + " --sweep.model.T='0.1 -0.1'", 1, {"model.T", "-0.1"}, {{"run.ini", network}}},
      // files
      {"settings_missing", "stationary absent.ini", 3, {"absent.ini"}},
      {"settings_are_a_folder", "stationary folder", 3, {"folder"}, {{"folder/x", ""}}},
      {"mesh_file_missing", stationary + " --mesh.file=absent.ini", 3, {"absent.ini"}, {{"run.ini", ring}}},
      {"report_missing", "rerun absent.json", 3, {"absent.json"}},
      {"report_is_none", "rerun report.json", 3, {"report.json"}, {{"report.json", "{\"format\": \"other\"}"}}},
      {"report_malformed", "rerun report.json", 3, {"report.json"}, {{"report.json", "{"}}},
      {"output_is_a_file", "stationary run.ini --output.dir=run.ini", 3, {"run.ini"}, good},
      {"output_below_a_file", "stationary run.ini --output.dir=run.ini/out", 3, {"run.ini"}, good},
      // data
      {"csv_missing", estimate, 3, {"d.csv"}},
      {"csv_empty", estimate, 3, {"d.csv"}, {{"d.csv", ""}}},
      {"csv_no_rows", estimate, 3, {"d.csv"}, {{"d.csv", csv("")}}},
      {"csv_ragged", estimate, 3, {"d.csv:3"}, {{"d.csv", csv("1,2,3\n4,5\n6,7,8\n")}}},
      {"csv_non_numeric", estimate, 3, {"d.csv:3", "b"}, {{"d.csv", csv("1,2,3\n4,five,6\n")}}},
      {"csv_constant_input", estimate, 1, {"'a'", "constant"}, {{"d.csv", csv("1,2,3\n1,5,6\n1,8,1\n")}}},
      {"csv_constant_label", estimate, 1, {"'y'", "constant"}, {{"d.csv", csv("1,2,3\n2,5,3\n4,8,3\n")}}},
      {"csv_unknown_column", estimate + " --data.x=aa", 1, {"aa", "'a'"}, {{"d.csv", csv("1,2,3\n4,5,6\n")}}},
      {"data_file_not_given", "estimate --data.x=a --data.y=y", 1, {"data.file"}},
      {"replicas_out_of_range",
       estimate + " --estimate.replicas=1",
       1,
       {"estimate.replicas"},
       {{"d.csv", csv("1,2,3\n4,5,6\n")}}},
      // PETSc
      {"petsc_unused", stationary + " -- -stationary_ksp_tpye gmres", 1, {"-stationary_ksp_tpye"}, good},
      {"petsc_no_option", stationary + " -- gmres", 1, {"gmres"}, good},
      {"petsc_unused_without_solver", "models -- -log_nothing", 1, {"-log_nothing"}},
  };
}

class BadInput : public testing::TestWithParam<Case> {};

TEST_P(BadInput, OneSentenceExitCodeAndNothingWritten) {
  const Case& one = GetParam();
  const Sandbox sandbox;
  for (const auto& [name, text] : one.files) {
    sandbox.write(name, text);
  }
  const auto before = sandbox.listing();
  const Result result = sandbox.run(one.arguments);
  EXPECT_EQ(result.exit_code, one.exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("sgdflux: ")) << result.err;
  for (const std::string& word : one.words) {
    EXPECT_NE(result.err.find(word), std::string::npos) << "'" << word << "' is not in: " << result.err;
  }
  EXPECT_EQ(sandbox.listing(), before);
}

INSTANTIATE_TEST_SUITE_P(Cli, BadInput, testing::ValuesIn(cases()),
                         [](const auto& tested) { return tested.param.name; });

/// On two ranks: the same code, the sentence once (mpirun adds words of its own).
class BadInputOnTwoRanks : public testing::TestWithParam<Case> {};

std::vector<Case> parallel_cases() {
  const std::set<std::string> chosen{"unknown_command", "unknown_key",      "negative_temperature",
                                     "formula_nan",     "settings_missing", "csv_ragged",
                                     "petsc_unused",    "output_is_a_file", "petsc_no_option"};
  std::vector<Case> some;
  for (const Case& one : cases()) {
    if (chosen.contains(one.name)) {
      some.push_back(one);
    }
  }
  return some;
}

TEST_P(BadInputOnTwoRanks, SaysItOnceAndWritesNothing) {
  const Case& one = GetParam();
  const Sandbox sandbox;
  for (const auto& [name, text] : one.files) {
    sandbox.write(name, text);
  }
  const auto before = sandbox.listing();
  const Result result = sandbox.run(one.arguments, 2);
  EXPECT_EQ(result.exit_code, one.exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_starting(result.err, "sgdflux: ").size(), 1U) << result.err;
  EXPECT_EQ(sandbox.listing(), before);
}

INSTANTIATE_TEST_SUITE_P(Cli, BadInputOnTwoRanks, testing::ValuesIn(parallel_cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(BadInputAfterAGoodRun, KeepsTheOldReport) {
  const Sandbox sandbox;
  sandbox.write("run.ini", ring + ring_mesh + "[output]\ndir = out\n");
  ASSERT_EQ(sandbox.run("stationary run.ini").exit_code, 0);
  const std::string report = sandbox.read("out/report.json");
  EXPECT_EQ(sandbox.run("stationary run.ini --mesh.x='linear(1, 0) 10'").exit_code, 1);
  EXPECT_EQ(sandbox.read("out/report.json"), report);
}

TEST(BadInputFolderWithoutPermission, IsFoundBeforeTheSolve) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "root may write anywhere";
  }
  const Sandbox sandbox;
  sandbox.write("run.ini", ring + ring_mesh);
  std::filesystem::create_directory(sandbox.path("closed"));
  std::filesystem::permissions(sandbox.path("closed"), std::filesystem::perms::owner_read);
  const Result result = sandbox.run("stationary run.ini --output.dir=closed/out");
  std::filesystem::permissions(sandbox.path("closed"), std::filesystem::perms::owner_all);
  EXPECT_EQ(result.exit_code, 3) << result.err;
}

}  // namespace
}  // namespace sgdflux::test
