#include "sgdflux/la/handle.hpp"

#include <vector>

#include "error_text.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

std::string error_text;

/// What one rank tells the others about its failure.
struct Failure {
  int code = 0;
  std::string message;
};

Failure run(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const core::Error& error) {
    return {static_cast<int>(error.code()), error.what()};
  } catch (const std::bad_alloc&) {
    return {static_cast<int>(core::ExitCode::settings), "out of memory: use fewer cells or more ranks"};
  } catch (const std::exception& error) {
    return {static_cast<int>(core::ExitCode::internal), error.what()};
  }
}

void broadcast(MPI_Comm comm, Failure& failure, int root) {
  int header[2] = {failure.code, static_cast<int>(failure.message.size())};
  MPI_Bcast(header, 2, MPI_INT, root, comm);
  failure.code = header[0];
  failure.message.resize(static_cast<std::size_t>(header[1]));
  MPI_Bcast(failure.message.data(), header[1], MPI_CHAR, root, comm);
}

/// As what it was, where callers tell it apart. A defect that every rank knows of need not abort the others.
[[noreturn]] void rethrow(const Failure& failure) {
  switch (const auto code = static_cast<core::ExitCode>(failure.code)) {
    case core::ExitCode::settings:
      throw core::SettingsError(failure.message);
    case core::ExitCode::files:
      throw core::FileError(failure.message);
    case core::ExitCode::not_converged:
      throw core::ConvergenceError(failure.message);
    default:
      throw core::Error(code, failure.message);
  }
}

}  // namespace

PetscErrorCode keep_error_text(MPI_Comm, int, const char* function, const char*, PetscErrorCode code,
                               PetscErrorType type, const char* message, void*) {
  if (type == PETSC_ERROR_INITIAL) {
    const char* general = nullptr;
    static_cast<void>(PetscErrorMessage(code, &general, nullptr));
    error_text = std::string(function != nullptr ? function : "?") + ": " + (general != nullptr ? general : "") + " " +
                 (message != nullptr ? message : "");
  }
  return code;
}

void check(PetscErrorCode code) {
  if (code == 0) {
    return;
  }
  const std::string text = std::exchange(error_text, {});
  if (code == PETSC_ERR_ARG_UNKNOWN_TYPE) {
    throw core::SettingsError("a PETSc option after -- has a value that PETSc does not know: " + text);
  }
  throw core::InternalError("PETSc error " + std::to_string(static_cast<int>(code)) +
                            (text.empty() ? "" : " in " + text));
}

void guard(MPI_Comm comm, const std::function<void()>& work) {
  Failure failure = run(work);
  const int ranks = size(comm);
  int first = failure.code != 0 ? rank(comm) : ranks;
  MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm);
  if (first == ranks) {
    return;
  }
  broadcast(comm, failure, first);
  rethrow(failure);
}

}  // namespace sgdflux::la
