#include "study_run.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "ini.hpp"
#include "paths.hpp"
#include "profile.hpp"
#include "report.hpp"
#include "sgdflux/io/fields.hpp"
#include "sgdflux/la/session.hpp"
#include "summary.hpp"

namespace sgdflux::cli {
namespace {

/// Options that only a solver could have used are no mistake when the question was settled without one.
void check_petsc_options(const study::Answer& answer) {
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

mesh::Grid grid_of(const study::Answer& answer) {
  std::vector<mesh::Axis> axes;
  for (const mesh::AxisSpec& spec : answer.mesh) {
    axes.emplace_back(spec);
  }
  return mesh::Grid(axes);
}

void write_field_files(const Run& run, const study::Answer& answer, const core::Settings& written,
                       OutputDirectory& directory) {
  const bool of_cells = written.flag("output.fields", true) && !answer.fields.empty();
  if (!of_cells && answer.arrays.empty()) {
    return;
  }
  static_cast<void>(directory.file("fields.xdmf"));
  const std::string file = directory.file("fields.h5");
  write_answer_fields(run.comm, answer, written, file.substr(0, file.size() - 3));
  const mesh::Grid grid = grid_of(answer);
  if (grid.dimension() == 1 && of_cells) {
    write_profiles(run.comm, grid.axis(0), answer, directory);
  }
}

std::string settings_text(const Run& run, const std::string& command, const study::Answer& answer,
                          const core::Settings& written) {
  std::map<std::string, std::string> notes = run.resolved.notes;
  for (const mesh::AxisSpec& axis : answer.mesh) {
    if (written.text("mesh." + axis.name, "").starts_with("auto") && !axis.automatic()) {
      notes["mesh." + axis.name] = "= " + axis.to_string();
    }
  }
  return "# Settings of a run of sgdflux " + command + ", all resolved; `sgdflux " + command +
         " settings.ini` repeats it.\n" + ini_text(written, notes);
}

Outcome outcome_of(const Finished& finished) {
  const study::Answer& answer = *finished.answer;
  return {study::exit_code(answer.verdict), study::to_string(answer.verdict), answer.reason, finished.results};
}

std::string report_text(const Run& run, const model::Sde& sde, const Finished& finished, const std::string& directory,
                        double seconds) {
  const study::Answer& answer = *finished.answer;
  nlohmann::ordered_json report = report_head(run.command, outcome_of(finished));
  add_answer(report, sde, answer);
  if (finished.report) {
    finished.report(report);
  }
  report["remarks"] = answer.remarks;
  report["settings"] = settings_json(run.resolved.settings, directory);
  std::map<std::string, double> times = answer.seconds;
  times["total"] = seconds;
  finish_report(report, times, run.info);
  return io::to_text(report);
}

void write_results(const Run& run, const Finished& finished, OutputDirectory& directory) {
  static_cast<void>(directory.file("report.json"));  // an old report goes before its fields do
  const core::Settings written = written_in(directory.path(), run.resolved.settings);
  write_field_files(run, *finished.answer, written, directory);
  if (finished.write) {
    finished.write(directory);
  }
  directory.write("settings.ini", settings_text(run, run.command, *finished.answer, written));
}

}  // namespace

void write_answer_fields(MPI_Comm comm, const study::Answer& answer, const core::Settings& written,
                         const std::string& stem) {
  std::vector<io::FieldData> fields;
  if (written.flag("output.fields", true)) {
    for (const study::Field& field : answer.fields) {
      fields.push_back({field.path,
                        field.meaning,
                        field.shape,
                        field.dimension,
                        field.box,
                        {field.values.data(), field.values.size()}});
    }
  }
  std::vector<io::ArrayData> arrays;
  for (const study::Array& array : answer.arrays) {
    arrays.push_back({array.path, array.meaning, array.shape, array.values});
  }
  io::write_fields(comm, stem, grid_of(answer), fields, arrays, attributes(written));
}

Outcome run_study(const Run& run, const std::string& title, const model::Sde& sde,
                  const std::function<Finished(OutputDirectory& directory)>& solve) {
  const auto start = std::chrono::steady_clock::now();
  OutputDirectory directory(run.comm, run.resolved.settings.text("output.dir", ""));
  const Finished finished = solve(directory);
  check_petsc_options(*finished.answer);
  write_results(run, finished, directory);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  directory.write("report.json", report_text(run, sde, finished, directory.path(), seconds.count()));
  directory.keep();
  if (la::rank(run.comm) == 0) {
    print_summary(std::cout, title + " " + sde.name(), *finished.answer, finished.rows, finished.lines);
    std::cout << "  written to " << directory.path() << std::endl;
  }
  return outcome_of(finished);
}

std::function<void(const std::string&, double)> terminal_progress(MPI_Comm comm) {
  if (la::rank(comm) != 0 || isatty(STDERR_FILENO) == 0) {
    return {};
  }
  return [](const std::string& phase, double fraction) {
    std::cerr << "\r\033[K" << phase << ' ' << static_cast<int>(100 * fraction) << " %"
              << (fraction < 1 ? "" : "\r\033[K") << std::flush;
  };
}

}  // namespace sgdflux::cli
