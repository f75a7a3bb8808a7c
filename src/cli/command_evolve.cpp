/// `evolve`: the density over time, with checkpoints.
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "evolve_checkpoint.hpp"
#include "evolve_settings.hpp"
#include "profile.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Json reference_json(const study::EvolveAnswer& answer) {
  Json json{{"source", answer.reference_source}, {"observables", Json::object()}};
  for (const auto& [name, values] : *answer.reference) {
    json["observables"][name] = numbers_json(values);
  }
  return json;
}

void add_members(Json& report, const study::EvolveAnswer& answer, const Restart& restart) {
  report["times"] = numbers_json(answer.times);
  report["observables"] = Json::object();
  for (const auto& [name, series] : answer.series) {
    report["observables"][name] = series_json(series);
  }
  report["final"] = estimates_json(answer.observables);
  if (answer.reference) {
    report["reference"] = reference_json(answer);
  }
  if (restart.from) {
    report["restart"] = {{"file", restart.file}, {"outputs", restart.from->outputs}};
  }
}

std::map<std::string, double> final_reference(const study::EvolveAnswer& answer) {
  std::map<std::string, double> last;
  for (const auto& [name, values] : answer.reference.value_or(std::map<std::string, std::vector<double>>{})) {
    if (!values.empty()) {
      last[name] = values.back();
    }
  }
  return last;
}

Finished finish(const std::shared_ptr<study::EvolveAnswer>& answer, const Restart& restart) {
  if (!restart.remark.empty()) {
    answer->remarks.push_back(restart.remark);
  }
  Finished finished{answer, answer->observables, {}, {}, estimate_rows(answer->observables, final_reference(*answer)),
                    {}};
  finished.report = [answer, restart](Json& report) { add_members(report, *answer, restart); };
  finished.write = [answer](OutputDirectory& directory) { write_series(answer->times, answer->series, directory); };
  if (!answer->times.empty()) {
    finished.lines.push_back("values at t = " + digits(answer->times.back(), 10) + ", the last of " +
                             std::to_string(answer->times.size()) + " outputs");
  }
  if (answer->reference) {
    finished.lines.push_back("exact result: " + answer->reference_source);
  }
  if (restart.from) {
    finished.lines.push_back("went on from " + restart.file + " after " + std::to_string(restart.from->outputs) +
                             " outputs");
  }
  return finished;
}

Resolved resolve_evolve(const core::Settings& settings) {
  Resolved resolved = resolve(settings, "evolve");
  static_cast<void>(read_evolve(resolved.settings, pose(resolved.settings)));
  static_cast<void>(read_rhythm(resolved.settings, "evolve"));
  return resolved;
}

Outcome run_evolve(const Run& run) {
  const core::Settings& settings = run.resolved.settings;
  Problem problem = pose(settings);
  problem.options.progress = terminal_progress(run.comm);
  study::EvolveOptions options = read_evolve(settings, problem);
  // Who repeats a run from its report has no checkpoint of it.
  Run recorded = run;
  recorded.resolved.settings.set("evolve.restart", "auto", "default");
  const Outcome outcome = run_study(recorded, "Density over time of", *problem.sde, [&](OutputDirectory& directory) {
    const Restart restart = find_restart(run.comm, settings, directory.path());
    options.resume = restart.from;
    keep_checkpoints(run.comm, settings, directory.path(), options);
    const auto answer =
        std::make_shared<study::EvolveAnswer>(study::evolve(run.comm, *problem.sde, options, problem.observables));
    return finish(answer, restart);
  });
  if (outcome.code == core::ExitCode::done) {
    remove_checkpoint(run.comm, settings.text("output.dir", ""));
  }
  return outcome;
}

}  // namespace

const Task evolve_task{"evolve", resolve_evolve, run_evolve};

}  // namespace sgdflux::cli
