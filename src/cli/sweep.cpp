#include "sweep.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "outcome_json.hpp"
#include "output.hpp"
#include "report.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "summary.hpp"
#include "sweep_distribution.hpp"
#include "sweep_restart.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Clock = std::chrono::steady_clock;

bool all_failed_by_settings(const std::vector<Outcome>& outcomes) {
  return std::all_of(outcomes.begin(), outcomes.end(),
                     [](const Outcome& outcome) { return outcome.code == core::ExitCode::settings; });
}

const Outcome& first_failure(const std::vector<Outcome>& outcomes) {
  const auto failed = std::find_if(outcomes.begin(), outcomes.end(),
                                   [](const Outcome& outcome) { return outcome.code != core::ExitCode::done; });
  return failed == outcomes.end() ? outcomes.front() : *failed;
}

nlohmann::ordered_json run_entry(const SweepPoint& point, const Outcome& outcome, const std::string& directory) {
  nlohmann::ordered_json varied = nlohmann::ordered_json::object();
  for (const auto& [key, value] : point.varied) {
    varied[key] = number_or_text(value);
  }
  nlohmann::ordered_json entry{{"directory", directory}, {"settings", varied}};
  entry.update(outcome_json(outcome));
  return entry;
}

/// What a sweep has come to.
struct Swept {
  const std::vector<SweepPoint>& points;
  std::vector<Outcome> outcomes;
  int groups = 1;
  std::size_t taken_over = 0;
  std::chrono::duration<double> seconds{};
};

std::string report_text(const Run& run, const core::Settings& settings, const Swept& swept,
                        const std::string& directory) {
  const Outcome& worst = first_failure(swept.outcomes);
  nlohmann::ordered_json report = report_head(run.command, {worst.code, worst.verdict, worst.reason, {}});
  report["settings"] = settings_json(settings, directory);
  report["runs"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < swept.points.size(); ++i) {
    report["runs"].push_back(run_entry(swept.points[i], swept.outcomes[i], numbered(i)));
  }
  finish_report(report, {{"total", swept.seconds.count()}}, run.info);
  report["provenance"]["groups"] = swept.groups;
  report["provenance"]["taken_over"] = swept.taken_over;
  return io::to_text(report);
}

/// What earlier runs have left, on rank 0; which points are left to do, on every rank.
std::vector<std::size_t> find_left(MPI_Comm comm, const core::Settings& settings, const std::vector<Run>& runs,
                                   std::vector<std::optional<Outcome>>& outcomes) {
  la::guard(comm, [&] {
    if (la::rank(comm) == 0) {
      Earlier earlier = earlier_outcomes(settings, runs);
      outcomes = std::move(earlier.outcomes);
      std::cout << earlier.remark << (earlier.remark.empty() ? "" : "\n") << std::flush;
    }
  });
  std::vector<int> done(runs.size());
  std::transform(outcomes.begin(), outcomes.end(), done.begin(), [](const auto& outcome) { return outcome ? 1 : 0; });
  MPI_Bcast(done.data(), static_cast<int>(done.size()), MPI_INT, 0, comm);
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i] == 0) {
      left.push_back(i);
    }
  }
  return left;
}

std::vector<Outcome> all_of(const std::vector<std::optional<Outcome>>& outcomes) {
  std::vector<Outcome> all;
  for (const std::optional<Outcome>& outcome : outcomes) {
    all.push_back(outcome.value());
  }
  return all;
}

}  // namespace

core::ExitCode run_sweep(const Task& task, const core::Settings& settings, const std::vector<SweepPoint>& points,
                         const std::vector<Run>& runs) {
  const auto start = Clock::now();
  const Run& first = runs.front();
  OutputDirectory directory(first.comm, settings.text("output.dir", ""));
  std::vector<std::optional<Outcome>> outcomes(runs.size());
  Workload work{task, points, runs, find_left(first.comm, settings, runs, outcomes)};
  Swept swept{
      points, {}, sweep_groups(settings, la::size(first.comm), points.size()), points.size() - work.left.size()};
  run_points(first.comm, work, swept.groups, outcomes);
  std::string report;
  int code = 0;
  la::guard(first.comm, [&] {
    if (la::rank(first.comm) == 0) {
      swept.outcomes = all_of(outcomes);
      if (all_failed_by_settings(swept.outcomes)) {
        throw core::SettingsError(swept.outcomes.front().reason);
      }
      swept.seconds = Clock::now() - start;
      report = report_text(first, settings, swept, directory.path());
      code = static_cast<int>(first_failure(swept.outcomes).code);
    }
  });
  MPI_Bcast(&code, 1, MPI_INT, 0, first.comm);
  directory.write("report.json", report);
  directory.keep();
  if (la::rank(first.comm) == 0) {
    print_sweep_summary(std::cout, points, swept.outcomes, swept.taken_over, directory.path());
  }
  return static_cast<core::ExitCode>(code);
}

}  // namespace sgdflux::cli
