/// Wrong input of continue: one sentence, the right exit code, nothing begun and nothing of an earlier study lost.
#include <map>

#include "support/branches.hpp"

namespace sgdflux::test {
namespace {

struct Case {
  std::string name;
  std::string arguments;
  std::vector<std::string> words;  // what the sentence must hold
  int exit_code = 1;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

void expect_refused(const Sandbox& sandbox, const Case& one, int ranks = 1) {
  const auto before = sandbox.listing();
  const Result result = sandbox.run("continue run.ini " + one.arguments, ranks);
  EXPECT_EQ(result.exit_code, one.exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_starting(result.err, "sgdflux: ").size(), 1U) << result.err;
  EXPECT_TRUE(ranks > 1 || std::count(result.err.begin(), result.err.end(), '\n') == 1) << result.err;
  for (const std::string& word : one.words) {
    EXPECT_NE(result.err.find(word), std::string::npos) << "'" << word << "' is not in: " << result.err;
  }
  EXPECT_EQ(sandbox.listing(), before);
}

std::vector<Case> settings_cases() {
  const std::string lines = "--lines.parameter=parameters.sigma ";
  return {
      {"parameter_unknown", "--continue.parameter=model.TT", {"continue.parameter", "'TT'", "'T'"}},
      {"parameter_without_section", "--continue.parameter=T", {"continue.parameter = T", "model.<number>"}},
      {"parameter_of_another_section", "--continue.parameter=mesh.s", {"continue.parameter = mesh.s"}},
      {"parameter_is_text", "--continue.parameter=model.name", {"continue.parameter = model.name"}},
      {"parameter_is_an_integer", "--continue.parameter=model.depth", {"model.depth", "integer", "[sweep]"}},
      {"parameter_is_a_matrix",
       "--model.name=ornstein-uhlenbeck --continue.parameter=model.drift_matrix",
       {"model.drift_matrix", "not a number"}},
      {"parameter_is_a_list",
       "--model.name=momentum-regression --model.rho='1 2' --continue.parameter=model.rho",
       {"continue.parameter = model.rho", "not a number"}},
      {"parameter_is_a_file",
       "--model.name=momentum-regression --model.rho=@modes.csv --continue.parameter=model.rho",
       {"continue.parameter = model.rho", "not a number"}},
      {"constant_unknown", "--continue.parameter=parameters.sigm", {"'parameters.sigm'", "'parameters.sigma'"}},
      {"range_empty", "--continue.to=0.02", {"continue.to = 0.02", "empty"}},
      {"from_out_of_range", "--continue.from=-0.1", {"continue.from", "model.T = -0.1", "> 0"}},
      {"from_text", "--continue.from=abc", {"continue.from = abc", "'abc'"}},
      {"to_infinite", "--continue.to=inf", {"continue.to = inf", "finite"}},
      {"steps_reversed", "--continue.min_step=0.02 --continue.max_step=0.01", {"min_step = 0.02", "max_step = 0.01"}},
      {"min_step_negative", "--continue.min_step=-0.01", {"continue.min_step = -0.01", "> 0"}},
      {"step_zero", "--continue.step=0", {"continue.step = 0", "> 0"}},
      {"step_below_the_least", "--continue.step=0.001", {"continue.step = 0.001", "continue.min_step"}},
      {"max_step_beyond_the_way", "--continue.max_step=1", {"continue.max_step = 1", "0.34"}},
      {"change_zero", "--continue.change=0", {"continue.change = 0", "0 < value < 1"}},
      {"change_one", "--continue.change=1", {"continue.change = 1", "0 < value < 1"}},
      {"track_broken", "--continue.track=1.5", {"continue.track = 1.5", "integer"}},
      {"tolerance_zero", "--continue.tolerance=0", {"continue.tolerance = 0", "1e-14"}},
      {"event_unknown", "--continue.events=mode-apears", {"'mode-apears'", "'mode-appears'"}},
      {"event_words_mixed", "--continue.events='none gap-closes'", {"continue.events", "'none' stands alone"}},
      {"formula_broken", "--continue.event.a='mean.v + '", {"continue.event.a", "mean.v +", "too early"}},
      {"formula_of_nothing_known", "--continue.event.a='mean.w - 1'", {"continue.event.a", "'mean.w'", "'mean."}},
      {"formula_constant", "--continue.event.a=2", {"continue.event.a = 2", "constant"}},
      {"formula_named_like_a_kind",
       "--continue.event.normalisability=mean.v",
       {"continue.event.normalisability", "exists"}},
      {"stop_unknown", "--continue.event.a='mean.v - 0.5' --continue.stop=b", {"continue.stop", "'b'", "a"}},
      {"stop_at_what_is_not_looked_for", "--continue.events=none --continue.stop=mode-vanishes", {"continue.stop"}},
      {"key_unknown", "--continue.form=1", {"continue.form", "continue.from"}},
      {"petsc_option_unused", "-- -no_such_option 1", {"-no_such_option"}},
      {"restart_unknown", "--continue.restart=maybe", {"continue.restart = maybe", "auto, on, off"}},
      {"restart_without_study", "--continue.restart=on", {"out/study.json", "does not exist"}, 3},
      {"lines_without_parameter", "--lines.from=0.9 --lines.to=1.1", {"lines.parameter is missing"}},
      {"lines_without_range", lines, {"lines.from is missing"}},
      {"lines_over_the_same", "--lines.parameter=model.T --lines.from=0.1 --lines.to=0.2", {"continue.parameter"}},
      {"lines_unknown",
       "--lines.parameter=parameters.kk --lines.from=0 --lines.to=1",
       {"lines.parameter", "'parameters.kk'", "'parameters.k'"}},
      {"lines_over_an_integer", "--lines.parameter=model.depth --lines.from=1 --lines.to=2", {"lines.parameter"}},
      {"lines_beside_the_branch", lines + "--lines.from=1.1 --lines.to=1.3", {"lines.from = 1.1", "sigma = 1,"}},
      {"lines_empty", lines + "--lines.from=1 --lines.to=1", {"lines.from = 1", "lines.to = 1"}},
      {"lines_step_negative", lines + "--lines.from=0.9 --lines.to=1.1 --lines.step=-1", {"lines.step = -1", "> 0"}},
  };
}

class ContinueBadInput : public testing::TestWithParam<Case> {};

TEST_P(ContinueBadInput, IsOneSentenceAndBeginsNothing) {
  const Sandbox sandbox;
  sandbox.write("run.ini", GetParam().name.starts_with("parameter_is_a_")
                               ? "[continue]\nparameter = model.T\nfrom = 1\nto = 2\n"
                               : teacher);
  sandbox.write("modes.csv", "rho\n1\n2\n");
  expect_refused(sandbox, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cli, ContinueBadInput, testing::ValuesIn(settings_cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(ContinueBadInput, NamesWhatIsMissing) {
  for (const std::string key : {"parameter", "from", "to"}) {
    const Sandbox sandbox;
    std::string text = teacher;
    const std::size_t line = text.find("\n" + key + " = ");
    sandbox.write("run.ini", text.erase(line, text.find('\n', line + 1) - line));
    expect_refused(sandbox, {key, "", {"continue." + key + " is missing"}});
  }
}

/// A study that lasts moments, and what may be wrong with its folder.
class ContinueStudy : public testing::Test {
 protected:
  void SetUp() override {
    sandbox.write("run.ini", pull + "[continue]\nstep = 0.1\nchange = 0.5\nmax_step = 0.2\n");
    const Result result = sandbox.run("continue run.ini --continue.max_step=auto");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    report = sandbox.read("out/report.json");
    study = study_of(sandbox);
  }
  void refused_as(const std::string& text, int exit_code, const std::vector<std::string>& words, int ranks = 1) {
    sandbox.write("out/study.json", text);
    expect_refused(sandbox, {"study", "--continue.max_step=auto", words, exit_code}, ranks);
    EXPECT_EQ(sandbox.read("out/study.json"), text);
    EXPECT_EQ(sandbox.read("out/report.json"), report);
  }
  void refused_with(const std::string& arguments, const std::vector<std::string>& words) {
    const std::string text = sandbox.read("out/study.json");
    expect_refused(sandbox, {"study", "--continue.max_step=auto " + arguments, words, 1});
    EXPECT_EQ(sandbox.read("out/study.json"), text);
    EXPECT_EQ(sandbox.read("out/report.json"), report);
  }
  /// study.json with another value somewhere.
  [[nodiscard]] std::string with(const char* pointer, const Json& value) const {
    Json changed = study;
    changed[Json::json_pointer(pointer)] = value;
    return changed.dump(2);
  }
  Sandbox sandbox;
  std::string report;
  Json study;
};

TEST_F(ContinueStudy, OfOtherSettingsIsRefused) {
  refused_with("--model.F=0.6", {"out/study.json", "model.F", "0.6 here"});
  refused_with("--mesh.x='linear(-7, 8) 90'", {"mesh.x = linear(-7, 8) 72 there"});
  refused_with("--scheme.flux=order2", {"scheme.flux"});
  refused_with("--continue.from=1.1", {"continue.from = 1 there and 1.1 here"});
  refused_with("--continue.event.b=mean.x-2", {"continue.event.b = (not given) there"});
  refused_with("-- -stationary_ksp_max_it 7", {"PETSc options"});
}

TEST_F(ContinueStudy, OfAnotherModelIsRefused) {
  sandbox.write("run.ini", teacher);
  refused_with("", {"out/study.json", "model.name = formula there and diagonal-network here"});
}

TEST_F(ContinueStudy, ThatRunsTheOtherWayOrFurtherIsRefused) {
  refused_with("--continue.to=1.5", {"continue.to = 1.5", "the other way"});
  refused_with("--continue.to=0.8", {"continue.to = 0.8", "come to 0.6"});
}

TEST_F(ContinueStudy, OfAnotherVersionIsRefused) {
  refused_as(with("/format_version/0", 7), 3, {"out/study.json", "another version", "format 7"});
  refused_as(with("/program", "0.0.1 of commit abc"), 3, {"another version", "0.0.1 of commit abc"});
  refused_as(with("/format", "sgdflux-report"), 3, {"out/study.json"});
}

TEST_F(ContinueStudy, ThatIsDamagedIsRefused) {
  refused_as(study.dump().substr(0, 1500), 3, {"out/study.json", "damaged"});
  refused_as(study.dump().substr(0, 1500), 3, {"out/study.json", "damaged"}, 2);
  refused_as("", 3, {"out/study.json", "damaged"});
  refused_as("[1, 2]", 3, {"out/study.json", "damaged"});
  refused_as(with("/points", Json::array()), 3, {"damaged"});
  refused_as(with("/points/1/number", 1), 3, {"damaged"});
  refused_as(with("/points/1/parameter", "x"), 3, {"damaged"});
  refused_as(with("/points/1/axes/0/1", "linaer(0, 1) 10"), 3, {"out/study.json", "damaged", "linaer"});
  sandbox.write("out/study.json", "{");
  EXPECT_EQ(sandbox.run("continue run.ini --continue.max_step=auto --continue.restart=off").exit_code, 0);
}

}  // namespace
}  // namespace sgdflux::test
