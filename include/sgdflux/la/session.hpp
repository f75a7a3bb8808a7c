#pragma once
/// PETSc and SLEPc for the lifetime of the program.
#include <petscsys.h>

#include <string>
#include <vector>

namespace sgdflux::la {

/// Initialises MPI, PETSc and SLEPc; finalises them on destruction. Every Handle must die before it. PETSc's errors are
/// kept as text for check() instead of being printed; its signal handler is off. Collective over MPI_COMM_WORLD.
class Session {
 public:
  /// `petsc_options` as they were typed after `--`. @throws SettingsError for what is no PETSc option.
  explicit Session(const std::vector<std::string>& petsc_options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

/// Options given after `--` that no PETSc object has asked for so far. Not collective.
[[nodiscard]] std::vector<std::string> unused_options();

/// Whether an option that begins with `start` was given after `--`: "-stationary_pc_". Not collective.
[[nodiscard]] bool option_given(const std::string& start);

/// Makes options given after `--` count as unused again, before the next one of several independent runs. Not
/// collective.
void renew_options();

/// Whether every rank of `comm` comes here within `seconds` of this one. If not, nothing collective is possible any
/// more on this communicator: the program can only be aborted.
[[nodiscard]] bool all_arrive(MPI_Comm comm, double seconds);

[[nodiscard]] int rank(MPI_Comm comm);
[[nodiscard]] int size(MPI_Comm comm);

}  // namespace sgdflux::la
