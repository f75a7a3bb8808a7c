/// `validate`: solver, exact result, paths of the SDE and SGD against each other; one model, or one of every kind.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "known_keys.hpp"
#include "paths.hpp"
#include "report.hpp"
#include "sample_settings.hpp"
#include "setting_errors.hpp"
#include "sgd_settings.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/model/registry.hpp"
#include "sgdflux/study/validate.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "validation_suite.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

bool has_data(const core::Settings& settings) { return settings.has("data.file") || settings.has("data.generate"); }

/// Batches of the learning rates η = T·S: those asked for, else 1, 2, 3 for a network and fractions of the model's own.
std::vector<double> read_batches(const core::Settings& settings, const model::Sde& sde) {
  const bool regression = sde.name() == "momentum-regression";
  const double own = regression ? std::round(sde.parameters().real("batch")) : 1;
  std::vector<double> standard{own, 2 * own, 3 * own};
  if (regression && own >= 4) {
    standard = {std::round(own / 4), std::round(own / 2), own};
  }
  std::vector<double> batches =
      settings.list("validate.batches", standard, {.lower = 1, .upper = 1e9, .integer = true});
  std::sort(batches.begin(), batches.end());
  if (batches.size() < 3 || std::adjacent_find(batches.begin(), batches.end()) != batches.end()) {
    throw core::SettingsError(origin_of(settings, "validate.batches") +
                              "validate.batches = " + settings.text("validate.batches", "") +
                              ": the limit of small learning rates needs at least three different batch sizes");
  }
  return batches;
}

/// The model at another learning rate: that of a network does not depend on it at fixed η/S.
std::shared_ptr<const model::Sde> model_at(const core::Settings& settings, const model::Sde& sde, double eta,
                                           double batch) {
  core::Settings own = settings;
  if (sde.name() == "momentum-regression") {
    own.set("model.eta", core::exact_digits(eta), "validate");
    own.set("model.batch", core::exact_digits(batch), "validate");
  }
  return model::make(own);
}

std::vector<study::SgdRun> read_sgd_runs(const core::Settings& settings, const model::Sde& sde) {
  std::vector<study::SgdRun> runs;
  if (!has_data(settings)) {
    return runs;
  }
  require_sgd(sde);
  const bool regression = sde.name() == "momentum-regression";
  const double temperature =
      regression ? sde.parameters().real("eta") / sde.parameters().real("batch") : sde.parameters().real("T");
  const auto seed = settings.integer("sample.seed", 1, {.lower = 0});
  for (const double batch : read_batches(settings, sde)) {
    study::SgdRun run;
    run.eta = temperature * batch;
    run.batch = static_cast<core::Index>(batch);
    run.sde = model_at(settings, sde, run.eta, batch);
    core::Settings own = settings;
    own.set("sample.seed", std::to_string(seed + 1 + static_cast<long>(runs.size())), "validate");
    run.process = [own, run] { return read_sgd(own, *run.sde, run.eta, run.batch); };
    static_cast<void>(run.process());
    runs.push_back(run);
  }
  return runs;
}

study::ValidateOptions read_options(const core::Settings& settings, const Problem& problem) {
  core::Settings paths = settings;
  paths.set("sample.kind", "sde", "validate");
  const study::SampleOptions sampling = read_sample(paths, problem);
  auto options = common_options<study::ValidateOptions>(problem);
  options.plan = sampling.plan;
  options.plan.formulas.clear();
  options.significance =
      settings.real("validate.significance", 1e-3, {.lower = 0, .upper = 0.5, .lower_open = true, .upper_open = true});
  options.model_error = settings.real("validate.model_error", 0.01, {.lower = 0});
  options.drift_factor = settings.real("validate.drift_factor", 1, {.lower = 0, .lower_open = true});
  const sample::SdeOptions steps = read_sde(paths, *problem.sde);
  options.paths = [steps](const model::Sde& sde, bool half) {
    sample::SdeOptions level = steps;
    level.level = half ? 1 : 0;
    return sample::make_sde_process(sde, level);
  };
  options.weak_order = sampling.weak_order;
  options.dt = steps.dt;
  options.sgd = read_sgd_runs(settings, *problem.sde);
  options.validate(*problem.sde);
  return options;
}

Json checks_json(const std::vector<study::Check>& checks) {
  Json json = Json::array();
  for (const study::Check& check : checks) {
    json.push_back({{"name", check.name},
                    {"a", number_json(check.a)},
                    {"b", number_json(check.b)},
                    {"difference", number_json(check.difference)},
                    {"tolerance", number_json(check.tolerance)},
                    {"pass", check.pass}});
  }
  return json;
}

Json gap_json(const study::ValidateAnswer& answer) {
  Json json{{"runs", Json::array()}, {"limits", Json::array()}};
  for (const study::Gap& gap : answer.gaps) {
    json["runs"].push_back({{"quantity", gap.quantity},
                            {"eta", gap.eta},
                            {"batch", gap.batch},
                            {"sgd", number_json(gap.sgd)},
                            {"sde", number_json(gap.sde)},
                            {"relative", {{"value", number_json(gap.relative)}, {"error", number_json(gap.error)}}}});
  }
  for (const study::GapFit& fit : answer.fits) {
    json["limits"].push_back({{"quantity", fit.quantity},
                              {"limit", estimate_json(fit.limit)},
                              {"slope", estimate_json(fit.slope)},
                              {"curvature", estimate_json(fit.curvature)}});
  }
  return json;
}

void add_members(Json& report, const study::ValidateAnswer& answer) {
  report["checks"] = checks_json(answer.checks);
  if (!answer.gaps.empty()) {
    report["gap"] = gap_json(answer);
  }
  report["skipped"] = answer.skipped;
  report["method"] = answer.method;
}

std::vector<std::vector<std::string>> table(const study::ValidateAnswer& answer) {
  std::vector<std::vector<std::string>> rows;
  for (const study::Check& check : answer.checks) {
    const std::string verdict = check.pass ? "" : "DISAGREES";
    if (study::is_p_value(check)) {
      rows.push_back({"  " + check.name, "p " + digits(check.a, 4), "", "",
                      "at least " + digits(1 - check.tolerance, 2), verdict});
    } else {
      rows.push_back({"  " + check.name, digits(check.a, 8), digits(check.b, 8), digits(check.difference, 2),
                      "within " + digits(check.tolerance, 2), verdict});
    }
  }
  return rows;
}

Finished finish(const std::shared_ptr<study::ValidateAnswer>& answer) {
  std::map<std::string, core::Estimate> results;
  results["checks"] = {static_cast<double>(answer->checks.size()), 0., ""};
  results["failed"] = {static_cast<double>(std::count_if(answer->checks.begin(), answer->checks.end(),
                                                         [](const study::Check& check) { return !check.pass; })),
                       0., ""};
  Finished finished{answer, results, {}, {}, table(*answer), {}};
  finished.report = [answer](Json& report) { add_members(report, *answer); };
  for (const study::GapFit& fit : answer->fits) {
    finished.lines.push_back("(SGD - SDE)/scale of " + fit.quantity + " -> " + digits(*fit.limit.value, 2) + " ± " +
                             digits(*fit.limit.error, 2) + " as eta -> 0, slope " + digits(*fit.slope.value, 3) +
                             " ± " + digits(*fit.slope.error, 2));
  }
  for (const std::string& line : answer->skipped) {
    finished.lines.push_back("not compared: " + line);
  }
  return finished;
}

Resolved resolve_one(const core::Settings& settings) {
  Resolved resolved = resolve(settings, "sample");
  complete(resolved.settings, "validate");
  const Problem problem = pose(resolved.settings);
  core::Settings paths = resolved.settings;
  paths.set("sample.kind", "sde", "validate");
  complete_sample(paths, *problem.sde);
  resolved.settings.set("sample.dt", paths.text("sample.dt", ""), "default");
  static_cast<void>(read_options(resolved.settings, problem));
  return resolved;
}

Outcome run_one(const Run& run) {
  Problem problem = pose(run.resolved.settings);
  problem.options.progress = terminal_progress(run.comm);
  const study::ValidateOptions options = read_options(run.resolved.settings, problem);
  Run recorded = run;
  recorded.info.seed = run.resolved.settings.integer("sample.seed", 1);
  return run_study(recorded, "Validation of", *problem.sde, [&](OutputDirectory&) {
    return finish(std::make_shared<study::ValidateAnswer>(study::validate(run.comm, *problem.sde, options)));
  });
}

bool is_suite(const core::Settings& settings) { return !settings.has("model.name"); }

Resolved resolve_validate(const core::Settings& settings) {
  if (!is_suite(settings)) {
    return resolve_one(settings);
  }
  if (!settings.keys("model").empty()) {
    throw core::SettingsError("model.name is missing; without any [model] the command runs over all built-in models");
  }
  for (std::size_t k = 0; k < validation_suite().size(); ++k) {
    static_cast<void>(resolve_one(suite_settings(settings, k)));
  }
  return {settings, {}};
}

Json suite_report(const Run& run, const std::vector<Outcome>& outcomes, const std::string& directory) {
  const auto worst = std::max_element(outcomes.begin(), outcomes.end(),
                                      [](const Outcome& a, const Outcome& b) { return a.code < b.code; });
  Json report = report_head("validate", {worst->code, worst->verdict, worst->reason, {}});
  report["settings"] = settings_json(run.resolved.settings, directory);
  report["runs"] = Json::array();
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    report["runs"].push_back({{"directory", validation_suite()[k].first},
                              {"verdict", outcomes[k].verdict},
                              {"exit_code", static_cast<int>(outcomes[k].code)},
                              {"observables", estimates_json(outcomes[k].results)}});
  }
  return report;
}

Outcome run_suite(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  OutputDirectory directory(run.comm, run.resolved.settings.text("output.dir", ""));
  std::vector<Outcome> outcomes;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t k = 0; k < validation_suite().size(); ++k) {
    Run one = run;
    one.resolved = resolve_one(suite_settings(run.resolved.settings, k));
    outcomes.push_back(run_one(one));
    const Outcome& outcome = outcomes.back();
    rows.push_back({"  " + validation_suite()[k].first, outcome.verdict,
                    digits(outcome.results.at("checks").value.value_or(0), 6) + " checks"});
  }
  Json report = suite_report(run, outcomes, directory.path());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  finish_report(report, {{"total", seconds.count()}}, run.info);
  directory.write("report.json", io::to_text(report));
  directory.keep();
  if (la::rank(run.comm) == 0) {
    std::cout << "Validation of all models\n" << aligned(rows) << "  written to " << directory.path() << std::endl;
  }
  const auto worst = std::max_element(outcomes.begin(), outcomes.end(),
                                      [](const Outcome& a, const Outcome& b) { return a.code < b.code; });
  return {worst->code, worst->verdict, worst->reason, {}};
}

Outcome run_validate(const Run& run) { return is_suite(run.resolved.settings) ? run_suite(run) : run_one(run); }

}  // namespace

const Task validate_task{"validate", resolve_validate, run_validate};

}  // namespace sgdflux::cli
