#pragma once
/// Commands that turn settings into results in a folder: once, or once per point of a sweep.
#include <mpi.h>

#include <map>
#include <string>
#include <vector>

#include "options.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/estimate.hpp"
#include "sgdflux/core/settings.hpp"
#include "sgdflux/io/provenance.hpp"

namespace sgdflux::cli {

/// Settings with every default filled in, and remarks on single keys (values of formulas, resolved meshes).
struct Resolved {
  core::Settings settings;
  std::map<std::string, std::string> notes;
};

/// One run: resolved settings and where they come from.
struct Run {
  MPI_Comm comm = MPI_COMM_SELF;
  std::string command;
  Resolved resolved;
  io::RunInfo info;
};

/// What a run ended in; the rest is in its folder.
struct Outcome {
  core::ExitCode code = core::ExitCode::done;
  std::string verdict;
  std::string reason;
  std::map<std::string, core::Estimate> results;
};

/// A command as settings see it.
struct Task {
  std::string name;
  /// Validates everything that can be known before running, the same on every rank, and fills in defaults.
  /// @throws SettingsError, FileError
  Resolved (*resolve)(const core::Settings& settings);
  /// Writes results to output.dir and a summary to stdout of rank 0. Collective over run.comm.
  Outcome (*run)(const Run& run);
};

/// Settings from files and command line for `task`, later ones winning.
struct Request {
  core::Settings settings;
  std::vector<std::string> inputs;
};
[[nodiscard]] Request read_request(const CommandLine& line, const std::vector<std::string>& files);

/// Runs `task` once, or over its sweep; with --dry-run prints the resolved settings instead. Every point of a sweep is
/// validated before the first runs. Returns the exit code. Collective over `comm`.
[[nodiscard]] core::ExitCode execute(const Task& task, const Request& request, const CommandLine& line, MPI_Comm comm);

/// What follows "--".
[[nodiscard]] std::string petsc_words(const std::vector<std::string>& command_line);

/// @throws SettingsError naming options after -- that no solver asked for.
void reject_unused_petsc_options();

/// Text of a setting that is written as a formula, with its value: "= 3"; "" when `text` is a plain number already.
[[nodiscard]] std::string formula_note(const std::string& text, double value);

}  // namespace sgdflux::cli
