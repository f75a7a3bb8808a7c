/// `correlate`: stationary autocorrelation, displacement and power spectrum, of one model or of a Hessian spectrum.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "modes.hpp"
#include "setting_errors.hpp"
#include "sgdflux/study/correlate.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "times.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The common problem is that of the first mode where there are several.
struct Question {
  Problem problem;
  std::vector<double> eigenvalues;  // of model.rho = @file
  std::vector<std::unique_ptr<model::Sde>> modes;
  study::CorrelateOptions options;
};

/// The distance from the minimum, where the model has one such variable.
void complete_observable(core::Settings& settings, const model::Sde& sde) {
  const bool is_mode = sde.name() == "momentum-regression" && sde.variables().front() == "theta";
  if (!settings.has("correlate.observable") && is_mode) {
    settings.set("correlate.observable", "theta", "default");
  }
  require_setting(settings, "correlate.observable", "the formula whose correlations are asked for");
}

study::CorrelateOptions read_options(const core::Settings& settings, const Problem& problem) {
  const core::Range positive{.lower = 0, .lower_open = true};
  auto options = common_options<study::CorrelateOptions>(problem);
  options.times = read_times(settings, "correlate.times", positive);
  if (settings.has("correlate.frequencies")) {
    options.frequencies = read_times(settings, "correlate.frequencies", positive);
  }
  options.validate(*problem.sde);
  return options;
}

Question read_question(const core::Settings& settings) {
  Question question;
  if (has_spectrum_file(settings)) {
    question.eigenvalues = read_eigenvalues(settings);
    question.modes = make_modes(settings, question.eigenvalues);
  }
  question.problem = pose(question.modes.empty() ? settings : with_eigenvalue(settings, question.eigenvalues.front()));
  static_cast<void>(read_formula(settings, *question.problem.sde, "correlate.observable"));
  question.options = read_options(settings, question.problem);
  return question;
}

study::CorrelateAnswer solve(MPI_Comm comm, const core::Settings& settings, const Question& question) {
  if (question.modes.empty()) {
    return study::correlate(comm, *question.problem.sde, question.options,
                            read_formula(settings, *question.problem.sde, "correlate.observable"));
  }
  return study::correlate_sum(comm, question.modes, question.options, settings.text("correlate.observable", ""),
                              settings.constants());
}

void add_members(Json& report, const study::CorrelateAnswer& answer, const std::vector<double>& eigenvalues) {
  if (!eigenvalues.empty()) {
    report["model"]["parameters"]["rho"] = numbers_json(eigenvalues);
  }
  report["times"] = numbers_json(answer.times);
  report["observables"] = {{"autocorrelation", series_json(answer.autocorrelation)},
                           {"displacement", series_json(answer.displacement)},
                           {"exponent", series_json(answer.exponent)}};
  report["power_spectrum"] = series_json(answer.power);
  report["power_spectrum"]["frequencies"] = numbers_json(answer.frequencies);
  report["stationary"] = estimates_json(answer.observables);
  report["problems"] = answer.problems;
  if (!answer.reference_displacement.empty()) {
    report["reference"] = {{"source", answer.reference_source},
                           {"displacement", numbers_json(answer.reference_displacement)}};
  }
}

void write_tables(const study::CorrelateAnswer& answer, OutputDirectory& directory) {
  std::vector<std::string> names{"time"};
  std::vector<std::vector<double>> columns{answer.times};
  const auto add = [&](const std::string& name, const study::Series& series) {
    names.insert(names.end(), {name, name + ".error"});
    columns.insert(columns.end(), {series.values, series.errors});
  };
  add("autocorrelation", answer.autocorrelation);
  add("displacement", answer.displacement);
  add("exponent", answer.exponent);
  if (!answer.reference_displacement.empty()) {
    names.emplace_back("exact.displacement");
    columns.push_back(answer.reference_displacement);
  }
  directory.write_csv("correlate.csv", names, columns);
  directory.write_csv("power.csv", {"frequency", "power", "power.error"},
                      {answer.frequencies, answer.power.values, answer.power.errors});
}

/// Displacement at the first and the last time with its exponent: short and long times at a glance.
std::vector<std::vector<std::string>> table(const study::CorrelateAnswer& answer) {
  std::vector<std::vector<std::string>> rows = estimate_rows(answer.observables);
  for (const std::size_t i : {std::size_t{0}, answer.times.size() - 1}) {
    if (!std::isfinite(answer.displacement.values[i])) {
      continue;
    }
    const bool known = i < answer.reference_displacement.size();
    rows.push_back({"  displacement(" + digits(answer.times[i], 6) + ")", digits(answer.displacement.values[i], 10),
                    "± " + digits(answer.displacement.errors[i], 2),
                    known ? "exact " + digits(answer.reference_displacement[i], 10) : "",
                    "exponent " + digits(answer.exponent.values[i], 6)});
  }
  return rows;
}

Finished finish(const std::shared_ptr<const study::CorrelateAnswer>& answer, const std::vector<double>& eigenvalues) {
  const bool solved = !answer->times.empty() && answer->displacement.values.size() == answer->times.size();
  Finished finished{answer, answer->observables, {}, {}, solved ? table(*answer) : estimate_rows(answer->observables),
                    {}};
  finished.report = [answer, eigenvalues](Json& report) { add_members(report, *answer, eigenvalues); };
  if (solved) {
    finished.write = [answer](OutputDirectory& directory) { write_tables(*answer, directory); };
  }
  if (answer->problems > 1) {
    finished.lines.push_back("sum over " + std::to_string(answer->problems) + " modes");
  }
  if (!answer->reference_source.empty()) {
    finished.lines.push_back("exact result: " + answer->reference_source);
  }
  return finished;
}

Resolved resolve_correlate(const core::Settings& settings) {
  const bool whole = has_spectrum_file(settings);
  Resolved resolved =
      resolve(whole ? with_eigenvalue(settings, read_eigenvalues(settings).front()) : settings, "correlate");
  complete_observable(resolved.settings, *pose(resolved.settings).sde);
  if (whole) {
    resolved.settings.set("model.rho", settings.text("model.rho", ""), settings.find("model.rho")->origin);
  }
  static_cast<void>(read_question(resolved.settings));
  return resolved;
}

Outcome run_correlate(const Run& run) {
  Question question = read_question(run.resolved.settings);
  question.options.progress = terminal_progress(run.comm);
  return run_study(run, "Correlations of", *question.problem.sde, [&](OutputDirectory&) {
    return finish(std::make_shared<study::CorrelateAnswer>(solve(run.comm, run.resolved.settings, question)),
                  question.eigenvalues);
  });
}

}  // namespace

const Task correlate_task{"correlate", resolve_correlate, run_correlate};

}  // namespace sgdflux::cli
