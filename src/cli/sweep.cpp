#include "sweep.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "output.hpp"
#include "report.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

std::string numbered(std::size_t index) {
  std::ostringstream name;
  name << std::setw(4) << std::setfill('0') << index + 1;
  return name.str();
}

/// Adds the values of one more key to every combination so far.
std::vector<SweepPoint> crossed(const std::vector<SweepPoint>& points, const std::string& key,
                                const core::Setting& setting) {
  std::vector<SweepPoint> product;
  for (const SweepPoint& point : points) {
    for (const std::string& value : sweep_values(setting.value)) {
      product.push_back(point);
      product.back().varied.emplace_back(key, value);
      product.back().settings.set(key, value, setting.origin);
    }
  }
  return product;
}

/// Settings and unsolvable points do not end a sweep; files and defects do.
Outcome run_point(const Task& task, const Run& run) {
  try {
    return task.run(run);
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::settings && error.code() != core::ExitCode::not_converged) {
      throw;
    }
    return {error.code(), "failed", error.what(), {}};
  }
}

void print_progress(const SweepPoint& point, const std::string& directory, std::size_t index, std::size_t count) {
  std::cout << "[" << index + 1 << "/" << count << "]";
  for (const auto& [key, value] : point.varied) {
    std::cout << ' ' << key << " = " << value;
  }
  std::cout << " -> " << directory << std::endl;
}

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
  nlohmann::ordered_json entry{{"directory", directory},
                               {"settings", varied},
                               {"verdict", outcome.verdict},
                               {"exit_code", static_cast<int>(outcome.code)},
                               {"observables", estimates_json(outcome.results)}};
  if (!outcome.reason.empty()) {
    entry["reason"] = outcome.reason;
  }
  return entry;
}

nlohmann::ordered_json sweep_report(const Task& task, const core::Settings& settings,
                                    const std::vector<SweepPoint>& points, const std::vector<Outcome>& outcomes,
                                    const std::string& directory) {
  const Outcome& worst = first_failure(outcomes);
  nlohmann::ordered_json report = report_head(task.name, {worst.code, worst.verdict, worst.reason, {}});
  report["settings"] = settings_json(settings, directory);
  report["runs"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < points.size(); ++i) {
    report["runs"].push_back(run_entry(points[i], outcomes[i], numbered(i)));
  }
  return report;
}

}  // namespace

bool is_sweep(const core::Settings& settings) { return !settings.keys("sweep").empty(); }

std::vector<std::string> sweep_values(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> values;
  const bool bars = (" " + text + " ").find(" | ") != std::string::npos;
  std::string value;
  int depth = 0;
  const auto finish = [&] {
    if (!value.empty()) {
      values.push_back(std::exchange(value, ""));
    }
  };
  for (std::string word; words >> word;) {
    if (bars && word == "|") {
      finish();
      continue;
    }
    value += (value.empty() ? "" : " ") + word;
    depth += static_cast<int>(std::count(word.begin(), word.end(), '(') - std::count(word.begin(), word.end(), ')'));
    if (!bars && depth <= 0) {
      finish();
    }
  }
  finish();
  return values;
}

std::vector<SweepPoint> sweep_points(const core::Settings& settings) {
  core::Settings base = settings;
  const std::vector<std::string> keys = settings.keys("sweep");
  for (const std::string& key : keys) {
    base.erase("sweep." + key);
  }
  std::vector<SweepPoint> points{{{}, base}};
  for (const std::string& key : keys) {
    points = crossed(points, key, *settings.find("sweep." + key));
  }
  const std::string directory = settings.text("output.dir", "");
  for (std::size_t i = 0; !keys.empty() && i < points.size(); ++i) {
    points[i].settings.set("output.dir", (std::filesystem::path(directory) / numbered(i)).string(), "sweep");
  }
  return points;
}

core::ExitCode run_sweep(const Task& task, const core::Settings& settings, const std::vector<SweepPoint>& points,
                         const std::vector<Run>& runs) {
  const auto start = std::chrono::steady_clock::now();
  const MPI_Comm comm = runs.front().comm;
  OutputDirectory directory(comm, settings.text("output.dir", ""));
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (la::rank(comm) == 0) {
      print_progress(points[i], runs[i].resolved.settings.text("output.dir", ""), i, runs.size());
    }
    outcomes.push_back(run_point(task, runs[i]));
  }
  if (all_failed_by_settings(outcomes)) {
    throw core::SettingsError(outcomes.front().reason);
  }
  nlohmann::ordered_json report = sweep_report(task, settings, points, outcomes, directory.path());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  finish_report(report, {{"total", seconds.count()}}, runs.front().info);
  directory.write("report.json", io::to_text(report));
  directory.keep();
  if (la::rank(comm) == 0) {
    print_sweep_summary(std::cout, points, outcomes, directory.path());
  }
  return first_failure(outcomes).code;
}

}  // namespace sgdflux::cli
