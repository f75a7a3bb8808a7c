#include "run.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

#include "ini.hpp"
#include "known_keys.hpp"
#include "paths.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/la/session.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {
namespace {

io::RunInfo run_info(const Request& request, const CommandLine& line, MPI_Comm comm) {
  io::RunInfo info;
  info.command_line = line.words;
  info.inputs = request.inputs;
  info.ranks = la::size(comm);
  return info;
}

std::string sweep_line(const core::Settings& settings, std::size_t points, int groups) {
  return "# sweep over " + std::to_string(points) + " points, sweep.groups = " + settings.text("sweep.groups", "") +
         " (" + std::to_string(groups) + "), sweep.restart = " + settings.text("sweep.restart", "") + "\n\n";
}

void print_dry_run(const Task& task, const core::Settings& settings, const std::vector<Resolved>& points, int groups,
                   MPI_Comm comm) {
  if (la::rank(comm) != 0) {
    return;
  }
  std::cout << (is_sweep(settings) ? sweep_line(settings, points.size(), groups) : "");
  for (const Resolved& point : points) {
    std::cout << "# sgdflux " << task.name << ", dry run: nothing was computed\n"
              << ini_text(point.settings, point.notes) << '\n';
  }
  std::cout << std::flush;
}

}  // namespace

Request read_request(const CommandLine& line, const std::vector<std::string>& files) {
  Request request;
  for (const std::string& file : files) {
    read_ini(file, request.settings, request.inputs);
  }
  read_words(line.settings, request.settings, request.inputs);
  return request;
}

core::ExitCode execute(const Task& task, const Request& request, const CommandLine& line, MPI_Comm comm) {
  core::Settings settings = request.settings;
  reject_unknown_keys(settings);
  if (!settings.has("output.dir")) {
    settings.set("output.dir", "runs/" + task.name, "default");
  }
  static_cast<void>(settings.flag("output.fields", true));
  if (is_sweep(settings)) {
    complete(settings, "sweep");
  }
  const std::vector<SweepPoint> points = sweep_points(settings);
  const int groups = sweep_groups(settings, la::size(comm), points.size());
  static_cast<void>(settings.choice("sweep.restart", "auto", {"auto", "on", "off"}));
  std::vector<Resolved> resolved;
  for (const SweepPoint& point : points) {
    resolved.push_back(task.resolve(point.settings));
  }
  if (line.dry_run) {
    print_dry_run(task, settings, resolved, groups, comm);
    return core::ExitCode::done;
  }
  std::vector<Run> runs;
  for (const Resolved& point : resolved) {
    runs.push_back({comm, task.name, point, run_info(request, line, comm)});
    const std::vector<std::string> files = input_files(point.settings);
    runs.back().info.inputs.insert(runs.back().info.inputs.end(), files.begin(), files.end());
  }
  return is_sweep(settings) ? run_sweep(task, settings, points, runs) : task.run(runs.front()).code;
}

std::string petsc_words(const std::vector<std::string>& command_line) {
  std::string text;
  const auto split = std::find(command_line.begin(), command_line.end(), "--");
  for (auto word = split; word != command_line.end(); ++word) {
    text += word == split ? "" : (text.empty() ? "" : " ") + *word;
  }
  return text;
}

void reject_unused_petsc_options() {
  const std::vector<std::string> unused = la::unused_options();
  std::string names;
  for (const std::string& option : unused) {
    names += (names.empty() ? "" : ", ") + option;
  }
  if (!unused.empty()) {
    throw core::SettingsError("PETSc option" + std::string(unused.size() > 1 ? "s " : " ") + names +
                              " after -- used by no solver of this run");
  }
}

std::string formula_note(const std::string& text, double value) {
  std::size_t end = 0;
  try {
    static_cast<void>(std::stod(text, &end));
  } catch (const std::exception&) {
    end = 0;  // no number at the beginning: a formula
  }
  if (end == text.size()) {
    return "";
  }
  return "= " + core::exact_digits(value);
}

}  // namespace sgdflux::cli
