/// `stationary`: settings in, report.json, fields.h5, fields.xdmf, settings.ini and, in 1-D, CSV out.
#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "ini.hpp"
#include "output.hpp"
#include "paths.hpp"
#include "profile.hpp"
#include "report.hpp"
#include "sgdflux/io/fields.hpp"
#include "sgdflux/la/session.hpp"
#include "stationary_problem.hpp"
#include "summary.hpp"

namespace sgdflux::cli {
namespace {

std::function<void(const std::string&, double)> terminal_progress(MPI_Comm comm) {
  if (la::rank(comm) != 0 || isatty(STDERR_FILENO) == 0) {
    return {};
  }
  return [](const std::string& phase, double fraction) {
    std::cerr << "\r\033[K" << phase << ' ' << static_cast<int>(100 * fraction) << " %"
              << (fraction < 1 ? "" : "\r\033[K") << std::flush;
  };
}

/// Options that only a solver could have used are no mistake when the question was settled without one.
void check_petsc_options(const study::StationaryAnswer& answer) {
  if (!answer.solver.empty()) {
    reject_unused_petsc_options();
  }
}

std::map<std::string, std::string> attributes(const core::Settings& settings) {
  std::map<std::string, std::string> texts;
  for (const std::string& section : settings.sections()) {
    for (const std::string& key : settings.keys(section)) {
      texts[section + "." + key] = settings.find(section + "." + key)->value;
    }
  }
  return texts;
}

void write_field_files(const Run& run, const study::StationaryAnswer& answer, const core::Settings& written,
                       OutputDirectory& directory) {
  if (answer.fields.empty()) {
    return;
  }
  std::vector<mesh::Axis> axes;
  for (const mesh::AxisSpec& spec : answer.mesh) {
    axes.emplace_back(spec);
  }
  std::vector<io::FieldData> fields;
  for (const study::Field& field : answer.fields) {
    fields.push_back({field.path, field.meaning, field.shape, field.dimension, field.box, field.values});
  }
  std::vector<io::ArrayData> arrays;
  for (const study::Array& array : answer.arrays) {
    arrays.push_back({array.path, array.meaning, array.shape, array.values});
  }
  const mesh::Grid grid(axes);
  static_cast<void>(directory.file("fields.xdmf"));
  const std::string file = directory.file("fields.h5");
  io::write_fields(run.comm, file.substr(0, file.size() - 3), grid, fields, arrays, attributes(written));
  if (grid.dimension() == 1) {
    write_profiles(run.comm, grid.axis(0), answer, directory);
  }
}

std::string settings_text(const Run& run, const study::StationaryAnswer& answer, const core::Settings& written) {
  std::map<std::string, std::string> notes = run.resolved.notes;
  for (const mesh::AxisSpec& axis : answer.mesh) {
    if (written.text("mesh." + axis.name, "").starts_with("auto") && !axis.automatic()) {
      notes["mesh." + axis.name] = "= " + axis.to_string();
    }
  }
  return "# Settings of a run of sgdflux stationary, all resolved; `sgdflux stationary settings.ini` repeats it.\n" +
         ini_text(written, notes);
}

Outcome outcome_of(const study::StationaryAnswer& answer) {
  return {study::exit_code(answer.verdict), study::to_string(answer.verdict), answer.reason, answer.observables};
}

std::string stationary_report(const Run& run, const model::Sde& sde, const study::StationaryAnswer& answer,
                              const std::string& directory, double seconds) {
  nlohmann::ordered_json report = report_head("stationary", outcome_of(answer));
  add_answer(report, sde, answer);
  report["settings"] = settings_json(run.resolved.settings, directory);
  std::map<std::string, double> times = answer.seconds;
  times["total"] = seconds;
  finish_report(report, times, run.info);
  return io::to_text(report);
}

Outcome run_stationary(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  StationaryProblem problem = pose_stationary(run.resolved.settings);
  problem.options.progress = terminal_progress(run.comm);
  OutputDirectory directory(run.comm, run.resolved.settings.text("output.dir", ""));
  const study::StationaryAnswer answer =
      study::stationary(run.comm, *problem.sde, problem.options, problem.observables);
  check_petsc_options(answer);
  static_cast<void>(directory.file("report.json"));  // an old report goes before its fields do
  const core::Settings written = written_in(directory.path(), run.resolved.settings);
  write_field_files(run, answer, written, directory);
  directory.write("settings.ini", settings_text(run, answer, written));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  directory.write("report.json", stationary_report(run, *problem.sde, answer, directory.path(), seconds.count()));
  directory.keep();
  if (la::rank(run.comm) == 0) {
    print_summary(std::cout, problem.sde->name(), answer, directory.path());
  }
  return outcome_of(answer);
}

}  // namespace

const Task stationary_task{"stationary", resolve_stationary, run_stationary};

}  // namespace sgdflux::cli
