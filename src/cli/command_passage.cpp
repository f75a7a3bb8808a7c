/// `passage`: first-passage times, quasi-stationary density, transition paths.
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "setting_errors.hpp"
#include "sgdflux/study/passage.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Eigen::VectorXd> read_start(const core::Settings& settings, const model::Sde& sde) {
  const std::string key = "passage.start";
  const std::vector<double> numbers = settings.list(key, {});
  if (!settings.has(key)) {
    return std::nullopt;
  }
  if (static_cast<int>(numbers.size()) != sde.dimension()) {
    fail_setting(settings, key,
                 std::to_string(numbers.size()) + " number(s) for " + std::to_string(sde.dimension()) +
                     " variable(s); one for each is needed");
  }
  return Eigen::Map<const Eigen::VectorXd>(numbers.data(), static_cast<Eigen::Index>(numbers.size()));
}

std::shared_ptr<const model::Observable> read_set(const core::Settings& settings, const model::Sde& sde,
                                                  const std::string& key) {
  return settings.has(key) ? std::make_shared<const model::Observable>(read_formula(settings, sde, key)) : nullptr;
}

study::PassageOptions read_options(const core::Settings& settings, const Problem& problem) {
  if (settings.has("passage.from") != settings.has("passage.to")) {
    require_setting(settings, "passage.from", "transition paths lead from one set to another, and passage.to is given");
    require_setting(settings, "passage.to", "transition paths lead from one set to another, and passage.from is given");
  }
  auto options = common_options<study::PassageOptions>(problem);
  options.start = read_start(settings, *problem.sde);
  options.exit = read_set(settings, *problem.sde, "passage.exit");
  options.region = read_set(settings, *problem.sde, "passage.region");
  options.from = read_set(settings, *problem.sde, "passage.from");
  options.to = read_set(settings, *problem.sde, "passage.to");
  options.validate(*problem.sde);
  return options;
}

Finished finish(const std::shared_ptr<const study::PassageAnswer>& answer) {
  Finished finished{answer, answer->quantities, {}, {}, estimate_rows(answer->quantities), {}};
  finished.results.insert(answer->observables.begin(), answer->observables.end());
  for (auto& row : estimate_rows(answer->observables)) {
    finished.rows.push_back(std::move(row));
  }
  finished.report = [answer](Json& report) {
    for (const auto& [name, estimate] : answer->quantities) {
      report[name] = estimate_json(estimate);
    }
  };
  return finished;
}

Resolved resolve_passage(const core::Settings& settings) {
  Resolved resolved = resolve(settings, "passage");
  static_cast<void>(read_options(resolved.settings, pose(resolved.settings)));
  return resolved;
}

Outcome run_passage(const Run& run) {
  Problem problem = pose(run.resolved.settings);
  problem.options.progress = terminal_progress(run.comm);
  const study::PassageOptions options = read_options(run.resolved.settings, problem);
  return run_study(run, "First passage of", *problem.sde, [&](OutputDirectory&) {
    return finish(
        std::make_shared<study::PassageAnswer>(study::passage(run.comm, *problem.sde, options, problem.observables)));
  });
}

}  // namespace

const Task passage_task{"passage", resolve_passage, run_passage};

}  // namespace sgdflux::cli
