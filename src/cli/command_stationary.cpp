/// `stationary`: density, current and observables, compared with the exact result where one is known.
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "components.hpp"
#include "initial_settings.hpp"
#include "report.hpp"
#include "sgdflux/study/stationary.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Json current_json(const study::StationaryAnswer& answer) {
  if (!has_density(answer)) {
    return {{"max", nullptr}, {"divergence", nullptr}};
  }
  Json json{{"max", number_json(answer.current.max)}, {"divergence", number_json(answer.current.divergence)}};
  json.update(estimates_json(answer.current.quantities));
  return json;
}

Json reference_json(const study::ReferenceComparison& reference) {
  Json json{{"source", reference.source}, {"l1", number_json(reference.l1)}};
  if (reference.current_l2) {
    json["current_l2"] = number_json(*reference.current_l2);
  }
  json["observables"] = numbers_json(reference.observables);
  return json;
}

Json accuracy_json(const study::Accuracy& accuracy) {
  return {{"tolerance", accuracy.tolerance},
          {"demanded", accuracy.demanded},
          {"reached", accuracy.reached},
          {"largest", {{"name", accuracy.largest}, {"relative", number_json(accuracy.relative)}}},
          {"rounds", accuracy.rounds},
          {"stopped_by", accuracy.stopped_by.empty() ? Json(nullptr) : Json(accuracy.stopped_by)}};
}

Json tails_json(const std::vector<study::TailDecay>& tails) {
  Json list = Json::array();
  for (const study::TailDecay& tail : tails) {
    const bool light = tail.kind == "light";
    list.push_back({{"axis", tail.axis},
                    {"end", tail.upper ? "upper" : "lower"},
                    {"kind", tail.kind},
                    {"exponent", light ? Json(nullptr) : number_json(tail.exponent)},
                    {"error", light ? Json(nullptr) : number_json(tail.error)},
                    {"source", tail.exact ? "coefficients" : "fit"}});
  }
  return list;
}

std::string accuracy_line(const study::Accuracy& accuracy) {
  return "accuracy: largest relative error " + digits(accuracy.relative, 2) + " (" + accuracy.largest + "), target " +
         digits(accuracy.tolerance, 2) +
         (accuracy.reached ? " reached" : " missed, stopped by " + accuracy.stopped_by) +
         (accuracy.rounds > 0 ? " after adding cells " + std::to_string(accuracy.rounds) + " times" : "");
}

std::string reference_line(const study::ReferenceComparison& reference) {
  return "exact result: " + reference.source +
         (reference.l1 ? "; L1 distance of the densities " + digits(*reference.l1, 3) : "") +
         (reference.current_l2 ? ", L2 distance of the currents " + digits(*reference.current_l2, 3) : "");
}

Finished finish(std::shared_ptr<const study::StationaryAnswer> answer) {
  Finished finished{answer, answer->observables, {}, {}, {}, {}};
  finished.report = [answer](Json& report) {
    report["density"] = {{"l1_error", number_json(answer->density_error)}};
    report["current"] = current_json(*answer);
    if (has_density(*answer)) {
      report["tails"] = tails_json(answer->tails);
    }
    if (answer->accuracy) {
      report["accuracy"] = accuracy_json(*answer->accuracy);
    }
    if (answer->reference) {
      report["reference"] = reference_json(*answer->reference);
    }
    add_components(report, *answer);
  };
  finished.write = [answer](OutputDirectory& directory) { write_components(*answer, directory); };
  const auto exact = answer->reference ? answer->reference->observables : std::map<std::string, double>{};
  finished.rows = estimate_rows(answer->observables, exact);
  for (auto& row : estimate_rows(answer->current.quantities, exact)) {
    finished.rows.push_back(std::move(row));
  }
  if (answer->accuracy) {
    finished.lines.push_back(accuracy_line(*answer->accuracy));
  }
  if (answer->reference) {
    finished.lines.push_back(reference_line(*answer->reference));
  }
  for (std::string& line : component_lines(*answer)) {
    finished.lines.push_back(std::move(line));
  }
  return finished;
}

study::StationaryOptions read_options(const core::Settings& settings, const Problem& problem) {
  auto options = common_options<study::StationaryOptions>(problem);
  if (settings.has("stationary.start")) {
    options.start = read_initial(settings, *problem.sde, "stationary.start");
  }
  options.fields = settings.flag("output.fields", true);
  return options;
}

Resolved resolve_stationary(const core::Settings& settings) {
  Resolved resolved = resolve(settings, "stationary");
  static_cast<void>(read_options(resolved.settings, pose(resolved.settings)));
  return resolved;
}

Outcome run_stationary(const Run& run) {
  Problem problem = pose(run.resolved.settings);
  problem.options.progress = terminal_progress(run.comm);
  const study::StationaryOptions options = read_options(run.resolved.settings, problem);
  return run_study(run, "Stationary state of", *problem.sde, [&](OutputDirectory&) {
    return finish(std::make_shared<study::StationaryAnswer>(
        study::stationary(run.comm, *problem.sde, options, problem.observables)));
  });
}

}  // namespace

const Task stationary_task{"stationary", resolve_stationary, run_stationary};

}  // namespace sgdflux::cli
