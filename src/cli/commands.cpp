#include "commands.hpp"

#include <algorithm>
#include <iostream>
#include <new>

#include "help.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/la/abort.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::cli {
namespace {

core::ExitCode dispatch(const CommandLine& line, MPI_Comm comm) {
  if (line.defect) {
    throw *line.defect;
  }
  const bool speaks = la::rank(comm) == 0;
  if (line.version || (line.help && line.command.empty())) {
    std::cout << (!speaks ? "" : line.version ? version_text() : help_text()) << std::flush;
    return core::ExitCode::done;
  }
  if (line.command.empty()) {
    throw core::SettingsError("no command given; sgdflux --help lists them");
  }
  const Command& command = find_command(line.command);
  if (line.help) {
    std::cout << (speaks ? help_text(command) : "") << std::flush;
    return core::ExitCode::done;
  }
  return command.task != nullptr ? execute(*command.task, read_request(line, line.operands), line, comm)
                                 : command.action(line, comm);
}

std::string one_line(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  return message;
}

/// Seconds that ranks may be apart when all of them meet the same error.
constexpr double patience = 10;

int say(const std::string& message, core::ExitCode code) {
  std::cerr << "sgdflux: " << one_line(message) << std::endl;
  return static_cast<int>(code);
}

/// What may have struck one rank alone while the others wait for it.
int end_all(const std::string& message, core::ExitCode code, MPI_Comm comm) {
  if (la::size(comm) > 1) {
    la::abort_all(message, code);
  }
  return say(message, code);
}

/// Wrong input is seen by every rank, and said once; what only some ranks see ends them all.
int end_together(const core::Error& error, MPI_Comm meeting, MPI_Comm comm) {
  if (!la::all_arrive(meeting, patience)) {
    la::abort_all(error.what(), error.code());
  }
  return la::rank(comm) == 0 ? say(error.what(), error.code()) : static_cast<int>(error.code());
}

/// A communicator of its own: ranks that have failed must not meet those that are still at work.
class Meeting {
 public:
  explicit Meeting(MPI_Comm comm) { MPI_Comm_dup(comm, &comm_); }
  ~Meeting() { MPI_Comm_free(&comm_); }
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;
  [[nodiscard]] MPI_Comm get() const { return comm_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      {"models", "", "which models exist", {}, nullptr, list_models},
      {"describe",
       "NAME",
       "one model: variables, derived quantities, parameters, SDE, known exact results",
       {},
       nullptr,
       describe_model},
      {"estimate",
       "[run.ini ...]",
       "data.csv -> model parameters with standard errors, written as an includable model.ini",
       {"data", "estimate", "sweep", "output"},
       &estimate_task,
       nullptr},
      {"stationary",
       "[run.ini ...]",
       "stationary density, current, observables; compared with the exact result where one is known",
       {"parameters", "model", "mesh", "scheme", "observe", "stationary", "sweep", "output"},
       &stationary_task,
       nullptr},
      {"evolve",
       "[run.ini ...]",
       "density over time, for constant or scheduled parameters",
       {"parameters", "model", "mesh", "scheme", "observe", "evolve", "sweep", "output"},
       &evolve_task,
       nullptr},
      {"spectrum",
       "[run.ini ...]",
       "slowest eigenvalues of the generator with eigenfunctions; oscillation frequencies, phase",
       {"parameters", "model", "mesh", "scheme", "spectrum", "sweep", "output"},
       &spectrum_task,
       nullptr},
      {"correlate",
       "[run.ini ...]",
       "stationary autocorrelation, power spectrum, mean-square displacement",
       {"parameters", "model", "mesh", "scheme", "correlate", "sweep", "output"},
       &correlate_task,
       nullptr},
      {"passage",
       "[run.ini ...]",
       "first-passage times, quasi-stationary density and exit rate, committors, transition rates",
       {"parameters", "model", "mesh", "scheme", "observe", "passage", "sweep", "output"},
       &passage_task,
       nullptr},
      {"continue",
       "[run.ini ...]",
       "branches over one parameter: stationary states, tracked eigenvalues, sensitivities, events; event lines in two",
       {"parameters", "model", "mesh", "scheme", "observe", "continue", "lines", "sweep", "output"},
       &continue_task,
       nullptr},
      {"sample",
       "[run.ini ...]",
       "Monte Carlo: paths of the SDE, or SGD itself on data, with standard errors and histograms",
       {"parameters", "model", "mesh", "observe", "data", "sample", "sweep", "output"},
       &sample_task,
       nullptr},
      {"validate",
       "[run.ini ...]",
       "solver against exact result, Monte Carlo and SGD, with a verdict; without a model: one problem of every kind",
       {"parameters", "model", "mesh", "scheme", "data", "sample", "validate", "sweep", "output"},
       &validate_task,
       nullptr},
      {"rerun", "REPORT [more.ini ...]", "repeat a run from its report", {}, nullptr, rerun_report},
  };
  return table;
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == name) {
      return command;
    }
    names.push_back(command.name);
  }
  throw core::SettingsError(core::unknown_name("command", name, names));
}

int run_program(const CommandLine& line, MPI_Comm comm) noexcept {
  const Meeting meeting(comm);
  try {
    return static_cast<int>(dispatch(line, comm));
  } catch (const core::InternalError& error) {
    return end_all(std::string("internal error: ") + error.what(), core::ExitCode::internal, comm);
  } catch (const core::Error& error) {
    return end_together(error, meeting.get(), comm);
  } catch (const std::bad_alloc&) {
    return end_all(la::memory_words, core::ExitCode::settings, comm);
  } catch (const std::exception& error) {
    return end_all(std::string("internal error: ") + error.what(), core::ExitCode::internal, comm);
  }
}

void expect_operands(const CommandLine& line, std::size_t count, const std::string& usage) {
  if (line.operands.size() != count || !line.settings.empty()) {
    throw core::SettingsError("usage: sgdflux " + usage + ", without settings");
  }
}

}  // namespace sgdflux::cli
