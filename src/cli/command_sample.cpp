/// `sample`: Monte Carlo paths of the SDE, or SGD itself on data.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "known_keys.hpp"
#include "profile.hpp"
#include "sample_checkpoint.hpp"
#include "sample_settings.hpp"
#include "setting_errors.hpp"
#include "sgd_settings.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The formulas of [observe] may use what only the paths have (single weights): they are read against the process.
core::Settings without_formulas(const core::Settings& settings) {
  core::Settings bare = settings;
  for (const std::string& name : settings.keys("observe")) {
    bare.erase("observe." + name);
  }
  return bare;
}

Json quantiles_json(const study::SampleAnswer& answer) {
  Json json = Json::object();
  for (const auto& [name, values] : answer.quantiles) {
    for (const auto& [probability, estimate] : values) {
      json[name][digits(probability, 3)] = estimate_json(estimate);
    }
  }
  return json;
}

Json correlations_json(const study::SampleAnswer& answer) {
  Json json = Json::object();
  for (const auto& [name, one] : answer.correlations) {
    json[name] = {{"time", estimate_json(one.time)},
                  {"effective", number_json(one.effective)},
                  {"lags", numbers_json(one.lags)},
                  {"covariance", series_json(one.covariance)},
                  {"displacement", series_json(one.displacement)}};
  }
  return json;
}

Json series_of(const study::SampleAnswer& answer) {
  Json json{{"times", numbers_json(answer.times)}};
  for (const auto& [name, one] : answer.series) {
    json[name] = series_json(one);
  }
  return json;
}

Json clip_json(const study::SampleAnswer& answer) {
  Json json = Json::object();
  for (const auto& [name, bounds] : answer.clip) {
    json[name] = {number_json(bounds.first), number_json(bounds.second)};
  }
  return json;
}

void add_members(Json& report, const study::SampleAnswer& answer, const SampleRestart& restart) {
  report.erase("scheme");
  report.erase("audit");
  report["method"] = answer.method;
  report["paths"] = {{"count", answer.paths},
                     {"diverged", answer.diverged},
                     {"first_divergence", answer.diverged > 0 ? number_json(answer.first_divergence) : Json(nullptr)},
                     {"end_time", number_json(answer.end_time)},
                     {"tamed_steps", number_json(answer.tamed)}};
  report["step_error"] = estimates_json(answer.step_error);
  report["burn_in"] = {{"change", numbers_json(answer.drift)}, {"limit", number_json(answer.drift_limit)}};
  report["clip"] = clip_json(answer);
  report["quantiles"] = quantiles_json(answer);
  report["correlations"] = correlations_json(answer);
  report["series"] = series_of(answer);
  if (!restart.file.empty()) {
    report["restart"] = {{"file", restart.file}, {"stages", restart.stages}};
  }
}

/// The model's own quantities and the user's formulas; the report has single weights, too.
bool is_in_table(const std::string& name, const model::Sde& sde) {
  const std::string last = name.substr(name.rfind('.') + 1);
  const bool derived = std::any_of(sde.derived().begin(), sde.derived().end(),
                                   [&](const model::Derived& quantity) { return quantity.name == last; });
  const auto& variables = sde.variables();
  return derived || last == name || std::find(variables.begin(), variables.end(), last) != variables.end();
}

/// Value, standard error, bias by the step.
std::vector<std::vector<std::string>> table(const study::SampleAnswer& answer, const model::Sde& sde) {
  std::map<std::string, core::Estimate> shown;
  std::copy_if(answer.observables.begin(), answer.observables.end(), std::inserter(shown, shown.end()),
               [&](const auto& one) { return is_in_table(one.first, sde); });
  std::vector<std::vector<std::string>> rows = estimate_rows(shown);
  std::size_t at = 0;
  for (const auto& one : shown) {
    const auto step = answer.step_error.find(one.first);
    const bool known = step != answer.step_error.end() && step->second.value && step->second.error;
    rows[at++][3] = known ? "step " + digits(*step->second.value, 2) + " ± " + digits(*step->second.error, 2) : "";
  }
  return rows;
}

Finished finish(const model::Sde& sde, const std::shared_ptr<study::SampleAnswer>& answer,
                const std::shared_ptr<SampleRestart>& restart) {
  if (!restart->remark.empty()) {
    answer->remarks.push_back(restart->remark);
  }
  Finished finished{answer, answer->observables, {}, {}, table(*answer, sde), {}};
  finished.report = [answer, restart](Json& report) { add_members(report, *answer, *restart); };
  if (!answer->series.empty()) {
    finished.write = [answer](OutputDirectory& directory) { write_series(answer->times, answer->series, directory); };
  }
  finished.lines.push_back(answer->method + ", " + std::to_string(answer->paths) +
                           " paths up to t = " + digits(answer->end_time, 6));
  for (const auto& [name, one] : answer->correlations) {
    if (!is_in_table("." + name, sde) || !one.time.value) {
      continue;
    }
    finished.lines.push_back(name + ": correlation time " + digits(*one.time.value, 3) +
                             (one.time.error ? " ± " + digits(*one.time.error, 2) : ", " + one.time.reason) + ", " +
                             digits(std::floor(one.effective), 6) + " effective values");
  }
  if (!restart->file.empty()) {
    finished.lines.push_back("went on from " + restart->file);
  }
  return finished;
}

Resolved resolve_sample(const core::Settings& settings) {
  Resolved resolved = resolve(without_formulas(settings), "sample");
  for (const std::string& name : settings.keys("observe")) {
    const core::Setting& formula = *settings.find("observe." + name);
    resolved.settings.set("observe." + name, formula.value, formula.origin);
  }
  const Problem problem = pose(without_formulas(resolved.settings));
  complete_sample(resolved.settings, *problem.sde);
  static_cast<void>(read_sample(resolved.settings, problem));
  static_cast<void>(read_rhythm(resolved.settings, "sample"));
  return resolved;
}

Outcome run_sample(const Run& run) {
  const core::Settings& settings = run.resolved.settings;
  Problem problem = pose(without_formulas(settings));
  problem.options.progress = terminal_progress(run.comm);
  study::SampleOptions options = read_sample(settings, problem);
  const auto progress = problem.options.progress;
  if (progress) {
    options.hooks.progress = [progress](double part) { progress("paths", part); };
    options.half_hooks.progress = [progress](double part) { progress("half steps", part); };
  }
  Run recorded = run;
  recorded.resolved.settings.set("sample.restart", "auto", "default");
  recorded.info.seed = settings.integer("sample.seed", 1);
  const std::string title = is_sgd(settings) ? "SGD behind" : "Paths of";
  const Outcome outcome = run_study(recorded, title, *problem.sde, [&](OutputDirectory& directory) {
    const auto restart = find_sample_restart(run.comm, settings, directory.path());
    keep_sample_checkpoints(run.comm, settings, directory.path(), restart, options);
    const auto answer = std::make_shared<study::SampleAnswer>(study::sample(run.comm, *problem.sde, options));
    if (is_sgd(settings)) {
      for (const std::string& remark : compare_sgd(settings, *problem.sde)) {
        answer->remarks.push_back(remark);
      }
    }
    return finish(*problem.sde, answer, restart);
  });
  remove_checkpoint(run.comm, settings.text("output.dir", ""));
  return outcome;
}

}  // namespace

const Task sample_task{"sample", resolve_sample, run_sample};

}  // namespace sgdflux::cli
