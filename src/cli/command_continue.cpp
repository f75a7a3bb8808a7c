/// `continue`: stationary states, eigenvalues and events over one parameter.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "branch_json.hpp"
#include "branch_tables.hpp"
#include "commands.hpp"
#include "continue_settings.hpp"
#include "ini.hpp"
#include "lines_settings.hpp"
#include "outcome_json.hpp"
#include "paths.hpp"
#include "report.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/provenance.hpp"
#include "sgdflux/la/session.hpp"
#include "study_folder.hpp"
#include "study_run.hpp"
#include "summary.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Resolved resolve_continue(const core::Settings& settings) {
  const core::Settings first = at_start(settings, "continue");
  Resolved resolved = resolve(first, "continue");
  const continuation::Family family = read_family(resolved.settings, "continue");
  const continuation::Options options = read_continue(resolved.settings);
  options.validate(family);
  // Formulas of events are looked at before anything runs.
  const continuation::Member member = family.at(options.from);
  for (const auto& [name, formula] : options.formulas) {
    at_origin(resolved.settings, "continue.event." + name, "",
              [&, &key = name, &text = formula] { return continuation::formula_event(key, text, member) != nullptr; });
  }
  if (has_lines(resolved.settings)) {
    check_lines(resolved.settings);
  }
  return resolved;
}

void print_branch(const Run& run, const Outcome& outcome, const Json& report, const continuation::Branch& branch,
                  const Json& traced, const std::string& note, const std::string& directory) {
  const core::Settings& settings = run.resolved.settings;
  const auto parameter = report.at("parameter").get<std::string>();
  std::ostringstream out;
  out << "Branch of " << settings.text("model.name", "") << " over " << parameter << ": " << outcome.verdict << "\n";
  if (!outcome.reason.empty()) {
    out << "  reason  " << outcome.reason << "\n";
  }
  out << (note.empty() ? "" : "  note    begun anew: " + note + "\n");
  out << aligned(point_rows(report.at("points"), parameter, report.at("model"), settings.keys("observe")));
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
  return {study::exit_code(judgement.verdict), study::to_string(judgement.verdict), judgement.reason,
          event_results(events_json(branch))};
}

/// Fraction of the way on a terminal, after every point.
void show(const std::function<void(const std::string&, double)>& progress, const continuation::Options& options,
          const continuation::Branch& branch) {
  if (progress) {
    const double done = (branch.points.back().parameter - options.from) / (options.to - options.from);
    progress("branch, " + std::to_string(branch.points.size()) + " points", std::clamp(done, 0., 1.));
  }
}

/// PETSc options that nothing uses are found at the first density, before anything is written.
void check_options(const continuation::Branch& so_far, const continuation::Point& accepted) {
  if (so_far.points.size() == 1 && has_density(accepted.answer)) {
    reject_unused_petsc_options();
  }
}

continuation::Branch follow_on(const Run& run, const continuation::Family& family, StudyFolder& folder,
                               OutputDirectory& directory) {
  continuation::Branch earlier = folder.load();
  static_cast<void>(directory.file("report.json"));  // an old report goes before the study changes
  if (folder.finished()) {
    return earlier;
  }
  const continuation::Options options = read_continue(run.resolved.settings);
  const auto progress = terminal_progress(run.comm);
  const continuation::Observer observer = [&](const continuation::Branch& so_far, const continuation::Point& accepted) {
    check_options(so_far, accepted);
    folder.save(so_far, accepted);
    show(progress, options, so_far);
  };
  continuation::Branch branch = continuation::follow(run.comm, family, options, observer, std::move(earlier));
  folder.save(branch);
  reject_unused_petsc_options();
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

void write_files(const Run& run, const Json& report, const continuation::Branch& branch, const Json& traced,
                 OutputDirectory& directory) {
  write_tables(report.at("points"), report.at("parameter").get<std::string>(), directory);
  directory.write("events.csv", events_csv(branch));
  directory.write("settings.ini", settings_text(run, directory.path()));
  if (!traced.is_null()) {
    write_lines(traced, directory);
  }
}

Outcome run_continue(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  const core::Settings& settings = run.resolved.settings;
  OutputDirectory directory(run.comm, settings.text("output.dir", ""));
  const continuation::Family family = read_family(settings, "continue");
  StudyFolder folder(run.comm, settings, run.info.command_line, directory);
  const continuation::Branch branch = follow_on(run, family, folder, directory);
  const Outcome outcome = outcome_of(branch);
  const Json traced = lines_of(run, branch, folder);
  Json report = branch_report(run, outcome, family, branch, folder, directory.path());
  write_files(run, report, branch, traced, directory);
  report.update(traced.is_null() ? Json::object() : traced);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  finish_report(report, {{"total", seconds.count()}}, run.info);
  directory.write("report.json", io::to_text(report));
  directory.keep();
  if (la::rank(run.comm) == 0) {
    print_branch(run, outcome, report, branch, traced, folder.note(), directory.path());
  }
  return outcome;
}

}  // namespace

const Task continue_task{"continue", resolve_continue, run_continue};

}  // namespace sgdflux::cli
