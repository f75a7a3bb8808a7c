/// `continue`: stationary states, eigenvalues and events over one parameter.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "continue_settings.hpp"
#include "ini.hpp"
#include "lines_settings.hpp"
#include "paths.hpp"
#include "report.hpp"
#include "sgdflux/io/provenance.hpp"
#include "sgdflux/la/session.hpp"
#include "study_folder.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Resolved resolve_continue(const core::Settings& settings) {
  const core::Settings first = at_start(settings);
  Resolved resolved = resolve(first, "continue");
  const continuation::Family family = read_family(resolved.settings);
  const continuation::Options options = read_continue(resolved.settings);
  options.validate(family);
  // Formulas of events are looked at before anything runs.
  const continuation::Member member = family.at(options.from);
  for (const auto& [name, formula] : options.formulas) {
    static_cast<void>(continuation::formula_event(name, formula, member));
  }
  if (has_lines(resolved.settings)) {
    check_lines(resolved.settings);
  }
  return resolved;
}

Json events_json(const continuation::Branch& branch) {
  Json list = Json::array();
  for (const continuation::Event& event : branch.events) {
    list.push_back(event_json(event));
  }
  return list;
}

/// Names of observables of any point, in the order of the first point that has some.
std::vector<std::string> observable_names(const Json& points) {
  std::vector<std::string> names;
  for (const Json& point : points) {
    for (const auto& [name, value] : point.at("observables").items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

double number_of(const Json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

/// Columns <name> and <name>.error of `member` of every point.
void add_columns(const Json& points, const std::string& member, const std::string& suffix,
                 std::vector<std::string>& names, std::vector<std::vector<double>>& columns) {
  for (const std::string& name : observable_names(points)) {
    std::vector<double> values;
    std::vector<double> errors;
    for (const Json& point : points) {
      const Json entry = point.contains(member) && point.at(member).contains(name) ? point.at(member).at(name) : Json{};
      values.push_back(entry.is_object() ? number_of(entry.at("value")) : std::numeric_limits<double>::quiet_NaN());
      errors.push_back(entry.is_object() ? number_of(entry.at("error")) : std::numeric_limits<double>::quiet_NaN());
    }
    if (std::any_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) {
      names.insert(names.end(), {name + suffix, name + suffix + ".error"});
      columns.insert(columns.end(), {values, errors});
    }
  }
}

void write_tables(const Json& points, const std::string& parameter, OutputDirectory& directory) {
  std::vector<std::string> names{parameter};
  std::vector<std::vector<double>> columns(1);
  for (const Json& point : points) {
    columns[0].push_back(number_of(point.at("parameter")));
  }
  add_columns(points, "observables", "", names, columns);
  add_columns(points, "sensitivities", ".derivative", names, columns);
  directory.write_csv("branch.csv", names, columns);
}

std::string events_csv(const continuation::Branch& branch) {
  std::string text = "kind,subject,value,error\n";
  for (const continuation::Event& event : branch.events) {
    text += event.kind + "," + event.subject + "," + number_json(event.value).dump() + "," +
            number_json(event.error).dump() + "\n";
  }
  return text;
}

std::vector<std::vector<std::string>> event_rows(const continuation::Branch& branch) {
  std::vector<std::vector<std::string>> rows;
  for (const continuation::Event& event : branch.events) {
    rows.push_back(
        {"  " + event.kind, event.subject, digits(event.value, 12), "± " + digits(event.error, 2), event.what});
  }
  return rows;
}

/// Means of variables, derived quantities and formulas along the branch, a dozen points of it.
std::vector<std::vector<std::string>> point_rows(const Json& points, const std::string& parameter) {
  std::vector<std::string> names;
  for (const std::string& name : observable_names(points)) {
    if (names.size() < 4 && !name.starts_with("net.") && !name.starts_with("circulation.") &&
        name != "entropy_production") {
      names.push_back(name);
    }
  }
  std::vector<std::vector<std::string>> rows{{"  " + parameter}};
  rows[0].insert(rows[0].end(), names.begin(), names.end());
  const std::size_t stride = std::max<std::size_t>(1, (points.size() + 10) / 11);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % stride != 0 && i + 1 != points.size()) {
      continue;
    }
    rows.push_back({"  " + digits(number_of(points[i].at("parameter")), 8)});
    for (const std::string& name : names) {
      const Json& observables = points[i].at("observables");
      const double value = observables.contains(name) ? number_of(observables.at(name).at("value"))
                                                      : std::numeric_limits<double>::quiet_NaN();
      rows.back().push_back(std::isfinite(value) ? digits(value, 8) : "-");
    }
  }
  return rows;
}

void print_branch(const Run& run, const Outcome& outcome, const Json& points, const continuation::Branch& branch,
                  const Json& traced, const std::string& parameter, const std::string& directory) {
  std::ostringstream out;
  out << "Branch of " << run.resolved.settings.text("model.name", "") << " over " << parameter << ": "
      << outcome.verdict << "\n";
  if (!outcome.reason.empty()) {
    out << "  reason  " << outcome.reason << "\n";
  }
  out << aligned(point_rows(points, parameter));
  out << "  " << branch.points.size() << " points; " << branch.ended << "\n";
  out << (branch.events.empty() ? "  no events\n" : aligned(event_rows(branch)));
  for (const std::string& text : traced.is_null() ? std::vector<std::string>{} : line_texts(traced)) {
    out << "  " << text << "\n";
  }
  out << "  written to " << directory << "\n";
  std::cout << out.str() << std::flush;
}

Json branch_report(const Run& run, const Outcome& outcome, const continuation::Family& family,
                   const continuation::Branch& branch, const StudyFolder& folder, const std::string& directory) {
  Json report = report_head(run.command, outcome);
  const Json& last = folder.last(branch);
  report["model"] = model_json(*family.at(branch.points.back().parameter).sde);
  for (const char* member : {"mesh", "scheme", "audit", "observables"}) {
    report[member] = last.at(member);
  }
  report["parameter"] = family.parameter;
  report["points"] = folder.points(branch);
  report["events"] = events_json(branch);
  report["ended"] = branch.ended;
  report["solves"] = {
      {"cold", branch.solves.cold}, {"warm", branch.solves.warm}, {"iterations", branch.solves.iterations}};
  if (folder.found() > 0) {
    report["restart"] = {{"points", folder.found()}};
  }
  report["settings"] = settings_json(run.resolved.settings, directory);
  return report;
}

Outcome outcome_of(const continuation::Branch& branch) {
  const continuation::Judgement judgement = continuation::judge(branch);
  std::map<std::string, core::Estimate> results;
  for (const continuation::Event& event : branch.events) {
    results[event.kind + (event.subject.empty() ? "" : "." + event.subject)] = {event.value, event.error, ""};
  }
  return {study::exit_code(judgement.verdict), study::to_string(judgement.verdict), judgement.reason, results};
}

/// Fraction of the way on a terminal, after every point.
void show(const std::function<void(const std::string&, double)>& progress, const continuation::Options& options,
          const continuation::Branch& branch) {
  if (progress) {
    const double done = (branch.points.back().parameter - options.from) / (options.to - options.from);
    progress("branch, " + std::to_string(branch.points.size()) + " points", std::clamp(done, 0., 1.));
  }
}

continuation::Branch follow_on(const Run& run, const continuation::Family& family, StudyFolder& folder) {
  continuation::Branch earlier = folder.load();
  if (folder.finished()) {
    return earlier;
  }
  const continuation::Options options = read_continue(run.resolved.settings);
  const auto progress = terminal_progress(run.comm);
  const continuation::Observer observer = [&](const continuation::Branch& so_far, const continuation::Point& accepted) {
    folder.save(so_far, accepted);
    show(progress, options, so_far);
  };
  continuation::Branch branch = continuation::follow(run.comm, family, options, observer, std::move(earlier));
  folder.save(branch);
  return branch;
}

/// The lines of the events, traced once for a study; null where none are asked for.
Json lines_of(const Run& run, const continuation::Branch& branch, StudyFolder& folder) {
  if (!has_lines(run.resolved.settings)) {
    return nullptr;
  }
  if (folder.lines().is_null()) {
    folder.save_lines(branch, trace_lines(run.comm, run.resolved.settings, branch, terminal_progress(run.comm)));
  }
  return folder.lines();
}

std::string settings_text(const Run& run, const std::string& directory) {
  return "# Settings of a run of sgdflux " + run.command + ", all resolved; `sgdflux " + run.command +
         " settings.ini` repeats it.\n" + ini_text(written_in(directory, run.resolved.settings), run.resolved.notes);
}

Outcome run_continue(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  const core::Settings& settings = run.resolved.settings;
  OutputDirectory directory(run.comm, settings.text("output.dir", ""));
  const continuation::Family family = read_family(settings);
  StudyFolder folder(run.comm, settings, directory);
  static_cast<void>(directory.file("report.json"));  // an old report goes before the study changes
  const continuation::Branch branch = follow_on(run, family, folder);
  reject_unused_petsc_options();
  const Outcome outcome = outcome_of(branch);
  const Json points = folder.points(branch);
  write_tables(points, family.parameter, directory);
  directory.write("events.csv", events_csv(branch));
  directory.write("settings.ini", settings_text(run, directory.path()));
  const Json traced = lines_of(run, branch, folder);
  if (!traced.is_null()) {
    write_lines(traced, directory);
  }
  Json report = branch_report(run, outcome, family, branch, folder, directory.path());
  report.update(traced.is_null() ? Json::object() : traced);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  finish_report(report, {{"total", seconds.count()}}, run.info);
  directory.write("report.json", io::to_text(report));
  directory.keep();
  if (la::rank(run.comm) == 0) {
    print_branch(run, outcome, points, branch, traced, family.parameter, directory.path());
  }
  return outcome;
}

}  // namespace

const Task continue_task{"continue", resolve_continue, run_continue};

}  // namespace sgdflux::cli
