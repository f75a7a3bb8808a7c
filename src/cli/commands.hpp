#pragma once
/// The one table of commands. A new command is a file command_<name>.cpp, a declaration here and a line in
/// commands.cpp.
#include <mpi.h>

#include <string>
#include <vector>

#include "options.hpp"
#include "run.hpp"

namespace sgdflux::cli {

struct Command {
  std::string name;
  std::string operands;               ///< as in the usage line: "NAME", "[run.ini ...]"
  std::string question;               ///< what it answers, one line
  std::vector<std::string> sections;  ///< of the settings that it reads
  const Task* task = nullptr;         ///< for commands that turn settings into results; else `action`
  core::ExitCode (*action)(const CommandLine& line, MPI_Comm comm) = nullptr;
};

[[nodiscard]] const std::vector<Command>& commands();
/// @throws SettingsError with the nearest name.
[[nodiscard]] const Command& find_command(const std::string& name);

/// Does what the command line asks for. Errors are said once, on stderr of rank 0, in one sentence; the exit code is
/// the same on every rank. Collective over `comm`.
[[nodiscard]] int run_program(const CommandLine& line, MPI_Comm comm) noexcept;

extern const Task stationary_task;
extern const Task evolve_task;
extern const Task spectrum_task;
extern const Task correlate_task;
extern const Task passage_task;
extern const Task sample_task;
extern const Task continue_task;
extern const Task validate_task;
extern const Task estimate_task;
core::ExitCode list_models(const CommandLine& line, MPI_Comm comm);
core::ExitCode describe_model(const CommandLine& line, MPI_Comm comm);
core::ExitCode rerun_report(const CommandLine& line, MPI_Comm comm);

/// @throws SettingsError unless there are exactly `count` operands and no settings.
void expect_operands(const CommandLine& line, std::size_t count, const std::string& usage);

}  // namespace sgdflux::cli
