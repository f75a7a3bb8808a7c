#include "sweep_restart.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "checkpoints.hpp"
#include "outcome_json.hpp"
#include "paths.hpp"
#include "report.hpp"
#include "setting_errors.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

std::string told_apart(const std::string& what, const std::string& there, const std::string& here) {
  const auto shown = [](const std::string& text) { return text.empty() ? "(none)" : text; };
  return there == here ? "" : what + " " + shown(there) + " there, " + shown(here) + " here";
}

std::string program_difference(const Json& report, const Json& here) {
  const Json& there = report.at("provenance");
  for (const auto& [name, version] : here.at("versions").items()) {
    const std::string differs = told_apart(name, there.at("versions").value(name, ""), version.get<std::string>());
    if (!differs.empty()) {
      return differs;
    }
  }
  return told_apart("commit", there.at("commit").get<std::string>(), here.at("commit").get<std::string>());
}

std::string settings_difference(const Run& run, const Json& report) {
  const auto counts = [](const std::string& key) { return key != "output.dir" && matters(key); };
  const Json own = settings_json(run.resolved.settings, run.resolved.settings.text("output.dir", ""));
  std::vector<std::pair<std::string, std::string>> here;
  for (const auto& [key, value] : own.items()) {
    if (counts(key)) {
      here.emplace_back(key, value.get<std::string>());
    }
  }
  std::map<std::string, std::string> there;
  for (const auto& [key, value] : report.at("settings").items()) {
    if (counts(key)) {
      there[key] = value.get<std::string>();
    }
  }
  return difference(here, there);
}

std::string input_difference(const Run& run, const Json& report) {
  std::set<std::string> known;
  for (const Json& input : report.at("provenance").at("inputs")) {
    known.insert(input.at("sha256").get<std::string>());
  }
  for (const std::string& file : input_files(run.resolved.settings)) {
    if (!known.contains(io::sha256_file(file))) {
      return "the content of " + file + " has changed";
    }
  }
  return "";
}

/// The first thing in which a report is not one of this run, or "".
std::string first_difference(const Run& run, const Json& report, const Json& program) {
  const Json head = report_head(run.command, {});
  std::string differs = told_apart("format version", report.at("format_version").dump(), head["format_version"].dump());
  const auto next = [&](const auto& compare) { differs = differs.empty() ? compare() : differs; };
  next([&] { return told_apart("command", report["command"].get<std::string>(), run.command); });
  next([&] { return program_difference(report, program); });
  next([&] { return settings_difference(run, report); });
  next([&] {
    return told_apart("PETSc options", petsc_words(report["provenance"].at("command_line").get<Words>()),
                      petsc_words(run.info.command_line));
  });
  next([&] { return input_difference(run, report); });
  return differs;
}

/// An outcome, or why there is none.
struct Found {
  std::optional<Outcome> outcome;
  std::string differs;
};

Found find_outcome(const Run& run, const std::string& file, const Json& program) {
  const Json report = read_report(file);
  try {
    std::string differs = first_difference(run, report, program);
    return differs.empty() ? Found{outcome_of_report(report), ""} : Found{std::nullopt, std::move(differs)};
  } catch (const Json::exception& error) {
    throw core::FileError("'" + file + "' is no complete report: " + error.what());
  }
}

Found find_leniently(const Run& run, const std::string& file, const Json& program) {
  try {
    return find_outcome(run, file, program);
  } catch (const core::FileError& error) {
    return {std::nullopt, error.what()};
  }
}

std::string remark_on(std::size_t others, const std::string& first) {
  return others == 0 ? ""
                     : "note: " + std::to_string(others) + (others == 1 ? " report" : " reports") +
                           " of another run in the folder, computed again; the first is " + first;
}

}  // namespace

Earlier earlier_outcomes(const core::Settings& settings, const std::vector<Run>& runs) {
  const std::string mode = settings.text("sweep.restart", "auto");
  Earlier earlier{std::vector<std::optional<Outcome>>(runs.size()), ""};
  const Json program = io::provenance({});
  std::size_t others = 0;
  std::string first;
  std::error_code unreadable;  // such a folder cannot be written to, either: the point says so
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string directory = runs[i].resolved.settings.text("output.dir", "");
    const std::string file = (std::filesystem::path(directory) / "report.json").string();
    if (mode == "off" || !std::filesystem::exists(file, unreadable)) {
      continue;
    }
    Found found = mode == "on" ? find_outcome(runs[i], file, program) : find_leniently(runs[i], file, program);
    if (mode == "on" && !found.outcome) {
      fail_setting(settings, "sweep.restart", file + " is of another run: " + found.differs);
    }
    if (!found.outcome && others++ == 0) {
      first = file + " (" + found.differs + ")";
    }
    earlier.outcomes[i] = std::move(found.outcome);
  }
  earlier.remark = remark_on(others, first);
  return earlier;
}

}  // namespace sgdflux::cli
