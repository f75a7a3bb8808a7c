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

/// Cases of [sample]: all begin with a network and generated data.
std::vector<Case> sample_cases() {
  const std::string paths = "sample run.ini --output.dir=out ";
  const std::string sgd = paths + "--sample.kind=sgd ";
  const std::string table = sgd + "--data.file=d.csv --data.x=a --data.y=y ";
  const std::map<std::string, std::string> run{{"run.ini", network}};
  const std::map<std::string, std::string> data{{"run.ini", network}, {"d.csv", "a,y\n1,2\n2,3\n3,5\n"}};
  return {
      {"sample_kind", paths + "--sample.kind=sdf", 1, {"sample.kind", "sdf", "sde", "sgd"}, run},
      {"sample_dt", paths + "--sample.dt=0", 1, {"sample.dt", "value > 0"}, run},
      {"sample_dt_is_nan", paths + "--sample.dt=nan", 1, {"sample.dt"}, run},
      {"sample_paths", paths + "--sample.paths=0", 1, {"sample.paths", "1"}, run},
      {"sample_steps", paths + "--sample.steps=1", 1, {"sample.steps", "2"}, run},
      {"sample_seed", paths + "--sample.seed=-1", 1, {"sample.seed"}, run},
      {"sample_every", paths + "--sample.steps=100 --sample.every=60", 1, {"sample.every", "50"}, run},
      {"sample_burn", paths + "--sample.steps=100 --sample.burn=200", 1, {"sample.burn", "100"}, run},
      {"sample_start", paths + "--sample.start='1 2'", 1, {"sample.start", "one number per variable"}, run},
      {"sample_integrator", paths + "--sample.integrator=exact", 1, {"sample.integrator", "exact"}, run},
      {"sample_walls", paths + "--mesh.s='linear(-5, 5) 40 reflecting'", 1, {"mesh.s", "walls"}, run},
      {"sample_memory", paths + "--sample.paths=90000000", 1, {"sample.paths", "GB"}, run},
      {"sample_no_data", sgd, 1, {"data.file", "data.generate"}, run},
      {"sample_batch_of_data", table + "--sample.batch=4 --sample.replacement=off", 1, {"sample.batch", "3"}, data},
      {"sample_stream_ends",
       table + "--sample.replacement=stream --sample.steps=10",
       1,
       {"sample.steps", "single pass"},
       data},
      {"sample_missing_values",
       table,
       3,
       {"d.csv:3", "empty field"},
       {{"run.ini", network}, {"d.csv", "a,y\n1,2\n,3\n3,5\n"}}},
      {"sample_no_sgd",
       "sample run.ini --sample.kind=sgd --data.generate=linear",
       1,
       {"sample.kind", "formula"},
       {{"run.ini", ring + ring_mesh}}},
      {"sample_both_data", sgd + "--data.generate=linear --data.file=d.csv", 1, {"data.file", "generate"}, data},
      {"validate_batches",
       "validate run.ini --data.generate=linear --validate.batches='1 2'",
       1,
       {"validate.batches", "three"},
       run},
      {"validate_significance", "validate run.ini --validate.significance=2", 1, {"validate.significance"}, run},
  };
}

std::vector<Case> cases() {
  const std::string stationary = "stationary run.ini --output.dir=out";
  const std::map<std::string, std::string> good{{"run.ini", ring + ring_mesh}};
  const std::map<std::string, std::string> split{
      {"run.ini", "[model]\nname = formula\nvariables = x\ndrift.x = x - x^3\nnoise.x.1 = x\n"}};
  return {
      // names
      {"no_command", "", 1, {"no command"}},
      {"unknown_command", "stationery run.ini", 1, {"stationery", "stationary"}, good},
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
      // start
      {"start_zero", stationary + " --stationary.start='0*x'", 1, {"stationary.start", "zero"}, split},
      {"start_negative", stationary + " --stationary.start='x*exp(-x^2)'", 1, {"stationary.start"}, split},
      {"start_endless", stationary + " --stationary.start=1", 1, {"stationary.start", "converge"}, split},
      {"start_no_width",
       stationary + " --stationary.start='point(0; 0)'",
       1,
       {"stationary.start", "widths > 0"},
       split},
      {"start_counts",
       stationary + " --stationary.start='point(0 1; 1 1)'",
       1,
       {"stationary.start", "1 number"},
       split},
      {"start_no_end", stationary + " --stationary.start='point(0; 1'", 1, {"stationary.start", "point(centre"}, split},
      {"start_unknown_symbol", stationary + " --stationary.start='exp(-y^2)'", 1, {"stationary.start", "'y'"}, split},
      {"start_file_missing", stationary + " --stationary.start=absent.h5", 3, {"absent.h5"}, split},
      {"start_misspelt", stationary + " --stationary.strat=1", 1, {"stationary.strat", "stationary.start"}, split},
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
      {"tolerance_below_double_precision",
       stationary + " --scheme.tolerance=1e-14",
       1,
       {"scheme.tolerance", "1e-14", "1e-12"},
       good},
      {"tolerance_of_one", stationary + " --scheme.tolerance=1", 1, {"scheme.tolerance", "< 1"}, good},
      {"tolerance_no_number", stationary + " --scheme.tolerance=small", 1, {"scheme.tolerance", "small"}, good},
      {"cell_limit_below_any_mesh",
       stationary + " --scheme.max_cells=3 --mesh.x='auto 64'",
       1,
       {"max_cells", "3"},
       good},
      {"nan_where_the_mass_is",
       stationary,
       1,
       {"NaN", "x = "},
       {{"run.ini",
         "[model]\nname = formula\nvariables = x y\ndrift.x = -x + 0*sqrt(0.3-x)\ndrift.y = -y\nnoise.x.1 = "
         "0.4\nnoise.y.2 = 1\n[mesh]\nx = auto 32\ny = auto 32\n"}}},
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
      {"petsc_log", stationary + " -- -log_view", 1, {"-log_view", "PETSC_OPTIONS"}, good},
      {"petsc_unused_without_solver", "models -- -log_nothing", 1, {"-log_nothing"}},
  };
}

const std::string well =
    "[model]\nname = formula\nvariables = x\nparameters = D=0.25\ndrift.x = x - x^3\nnoise.x.1 = sqrt(2*D)\n"
    "[mesh]\nx = linear(-4, 4) 64\n";

/// Wrong questions about the dynamics; whatever a model's file says of them is in `words`.
std::vector<Case> dynamic_cases() {
  const std::string line = "--output.dir=out --evolve.initial='point(-1; 0.3)' --evolve.until=1 --evolve.outputs=2 ";
  const std::string evolve = "evolve run.ini " + line;
  const std::string spectrum = "spectrum run.ini --output.dir=out ";
  const std::string correlate = "correlate run.ini --output.dir=out --correlate.observable=x ";
  const std::string passage = "passage run.ini --output.dir=out ";
  const std::map<std::string, std::string> good{{"run.ini", well}};
  const std::map<std::string, std::string> file{{"run.ini", momentum},
                                                {"modes.csv", "mode,a\n1,3\n2,1\n"},
                                                {"bad.csv", "hessian_eigenvalue\n3\n-1\n"},
                                                {"text.h5", "no HDF5\n"}};
  return {
      {"initial_missing", "evolve run.ini --output.dir=out --evolve.until=1", 1, {"evolve.initial is missing"}, good},
      {"initial_negative", evolve + "--evolve.initial='x'", 1, {"evolve.initial", "negative"}, good},
      {"initial_zero", evolve + "--evolve.initial='0*x'", 1, {"evolve.initial", "0"}, good},
      {"initial_outside", evolve + "--evolve.initial='point(9; 0.1)'", 1, {"point(9", "outside"}, good},
      {"initial_narrow", evolve + "--evolve.initial='point(0; 1e-5)'", 1, {"point(0"}, good},
      {"initial_no_width", evolve + "--evolve.initial='point(0; 0)'", 1, {"evolve.initial", "widths > 0"}, good},
      {"initial_counts", evolve + "--evolve.initial='point(0 1; 1 1)'", 1, {"evolve.initial", "1 number"}, good},
      {"initial_unknown_symbol", evolve + "--evolve.initial='exp(-y^2)'", 1, {"evolve.initial", "'y'"}, good},
      {"initial_nan", evolve + "--evolve.initial='sqrt(x)'", 1, {"evolve.initial"}, good},
      {"initial_file_missing", evolve + "--evolve.initial=absent.h5", 3, {"absent.h5"}, good},
      {"initial_file_no_hdf5", evolve + "--evolve.initial=text.h5", 3, {"text.h5"}, file},
      {"until_missing", "evolve run.ini --evolve.initial=1", 1, {"evolve.until is missing"}, good},
      {"until_zero", evolve + "--evolve.until=0", 1, {"evolve.until = 0", "> 0"}, good},
      {"until_negative", evolve + "--evolve.until=-1", 1, {"evolve.until = -1", "> 0"}, good},
      {"outputs_none", evolve + "--evolve.outputs=0", 1, {"evolve.outputs"}, good},
      {"outputs_beyond", evolve + "--evolve.outputs='0.5 2'", 1, {"evolve.outputs", "entry 2", "1"}, good},
      {"outputs_backwards", evolve + "--evolve.outputs='0.5 0.25'", 1, {"evolve.outputs", "increase"}, good},
      {"outputs_log_zero", evolve + "--evolve.outputs='log(0, 1) 5'", 1, {"evolve.outputs", "0 < a < b"}, good},
      {"stepper_unknown", evolve + "--evolve.stepper=rk4", 1, {"evolve.stepper", "rk4", "bdf"}, good},
      {"stepper_exponential_with_schedule",
       evolve + "--evolve.stepper=exponential --evolve.schedule.D=0.25",
       1,
       {"evolve.stepper", "schedule.D"},
       good},
      {"schedule_unknown", evolve + "--evolve.schedule.DD=1", 1, {"evolve.schedule.DD", "'D'"}, good},
      {"schedule_unknown_symbol", evolve + "--evolve.schedule.D='1+s'", 1, {"evolve.schedule.D", "'s'"}, good},
      {"schedule_leaves_range",
       "evolve run.ini --evolve.initial='point(0 0; 1 1)' --evolve.until=10 --evolve.schedule.eta='0.1-0.02*t'",
       1,
       {"evolve.schedule.eta", "t = 5", "model.eta = ", "> 0"},
       file},
      {"schedule_infinite", evolve + "--evolve.schedule.D='1/(t-0.5)'", 1, {"evolve.schedule.D", "t = 0.5"}, good},
      {"key_of_evolve", evolve + "--evolve.untill=2", 1, {"evolve.untill", "evolve.until"}, good},
      {"checkpoint_rhythm", evolve + "--evolve.checkpoint='every 0'", 1, {"evolve.checkpoint"}, good},
      {"restart_without_checkpoint", evolve + "--evolve.restart=on", 3, {"out/checkpoint.h5"}, good},
      {"restart_from_no_checkpoint", evolve + "--evolve.restart=run.ini", 3, {"run.ini"}, good},
      {"count_one", spectrum + "--spectrum.count=1", 1, {"spectrum.count = 1", "2"}, good},
      {"count_broken", spectrum + "--spectrum.count=2.5", 1, {"spectrum.count = 2.5", "integer"}, good},
      {"count_larger_than_the_problem",
       spectrum + "--spectrum.count=100",
       1,
       {"spectrum.count = 100", "count ≤"},
       good},
      {"target_no_number", spectrum + "--spectrum.target=fast", 1, {"spectrum.target"}, good},
      {"observable_missing", "correlate run.ini --output.dir=out", 1, {"correlate.observable is missing"}, good},
      {"observable_constant", correlate + "--correlate.observable=2", 1, {"constant"}, good},
      {"observable_of_nothing", correlate + "--correlate.observable=y", 1, {"correlate.observable", "'y'"}, good},
      {"times_zero", correlate + "--correlate.times='0 1'", 1, {"correlate.times", "> 0"}, good},
      {"times_count_missing", correlate + "--correlate.times='log(0.1, 1)'", 1, {"correlate.times", "how many"}, good},
      {"frequencies_negative", correlate + "--correlate.frequencies='-1 1'", 1, {"correlate.frequencies"}, good},
      {"modes_of_another_command", "spectrum run.ini --model.rho=@modes.csv", 1, {"model.rho", "correlate"}, file},
      {"modes_file_missing", "correlate run.ini --model.rho=@absent.csv", 3, {"absent.csv"}, file},
      {"modes_column_unknown", "correlate run.ini --model.rho=@modes.csv:b", 1, {"modes.csv", "'b'", "'a'"}, file},
      {"modes_column_ambiguous", "correlate run.ini --model.rho=@modes.csv", 1, {"model.rho", "2 columns"}, file},
      {"modes_negative", "correlate run.ini --model.rho=@bad.csv", 1, {"model.rho", "-1", "> 0"}, file},
      {"modes_of_another_model", correlate + "--model.rho=@modes.csv", 1, {"model.rho"}, good},
      {"passage_asks_nothing", passage, 1, {"passage"}, good},
      {"passage_start_counts", passage + "--passage.start='0 1' --passage.exit=x", 1, {"passage.start", "1 var"}, good},
      {"passage_start_outside", passage + "--passage.start=9 --passage.exit=x", 1, {"start"}, good},
      {"passage_exit_empty", passage + "--passage.start=0 --passage.exit='x-9'", 1, {"exit"}, good},
      {"passage_exit_contains_start", passage + "--passage.start=1 --passage.exit=x", 1, {"exit", "start"}, good},
      {"passage_exit_unknown_symbol", passage + "--passage.start=1 --passage.exit=y", 1, {"passage.exit", "'y'"}, good},
      {"passage_region_empty", passage + "--passage.region='x-9'", 1, {"absorbing set covers"}, good},
      {"passage_from_alone", passage + "--passage.from=x", 1, {"passage.to is missing"}, good},
      {"passage_sets_overlap", passage + "--passage.from='x' --passage.to='x-1'", 1, {"from", "to"}, good},
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
INSTANTIATE_TEST_SUITE_P(Dynamics, BadInput, testing::ValuesIn(dynamic_cases()),
                         [](const auto& tested) { return tested.param.name; });
INSTANTIATE_TEST_SUITE_P(Samples, BadInput, testing::ValuesIn(sample_cases()),
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
