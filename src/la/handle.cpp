#include "sgdflux/la/handle.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include "error_text.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/abort.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

std::string error_text;
bool error_is_memory = false;  ///< what error_text is about
bool error_is_option = false;

/// What PETSc says of options that contradict each other or the problem.
constexpr std::array option_errors{PETSC_ERR_SUP,        PETSC_ERR_ARG_OUTOFRANGE, PETSC_ERR_ARG_WRONG,
                                   PETSC_ERR_ARG_INCOMP, PETSC_ERR_USER_INPUT,     PETSC_ERR_MISSING_FACTOR,
                                   PETSC_ERR_ORDER};

/// PETSc 3.18 hands a line number on as the code where its allocator fails.
bool allocator(const char* function) {
  const std::string_view name = function != nullptr ? function : "";
  return name.starts_with("PetscMalloc") || name.starts_with("PetscRealloc") || name.starts_with("PetscTrMalloc");
}

/// UMFPACK fails for want of memory alone: PETSc has seen to the matrix, and a singular one is no failure.
bool umfpack(const char* function) {
  const std::string_view name = function != nullptr ? function : "";
  return name.starts_with("MatLUFactor") && name.ends_with("_UMFPACK");
}

/// Of what users may steer.
constexpr std::array prefixes{"-stationary_", "-spectrum_", "-evolve_", "-passage_"};

bool by_options(PetscErrorCode code) {
  const bool given = std::any_of(prefixes.begin(), prefixes.end(), [](const char* p) { return option_given(p); });
  return given && std::find(option_errors.begin(), option_errors.end(), code) != option_errors.end();
}

/// What one rank tells the others about its failure.
struct Failure {
  int code = 0;
  std::string message;
};

/// Seconds that a rank which has failed waits for the others: they may be inside of something collective that needs it.
constexpr double patience = 30;

Failure run(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const core::Error& error) {
    return {static_cast<int>(error.code()), error.what()};
  } catch (const std::bad_alloc&) {
    return {static_cast<int>(core::ExitCode::settings), memory_words};
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
    error_is_memory = code == PETSC_ERR_MEM || allocator(function) || umfpack(function);
    error_is_option = std::string_view(function != nullptr ? function : "").starts_with("PetscOptions");
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
  if (std::exchange(error_is_memory, false)) {
    out_of_memory();
  }
  if (std::exchange(error_is_option, false) || by_options(code)) {
    throw core::SettingsError("the PETSc options after -- do not fit each other or the problem: " + text);
  }
  throw core::InternalError("PETSc error " + std::to_string(static_cast<int>(code)) +
                            (text.empty() ? "" : " in " + text));
}

void guard(MPI_Comm comm, const std::function<void()>& work) {
  Failure failure = run(work);
  const int ranks = size(comm);
  int first = failure.code != 0 ? rank(comm) : ranks;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm, &request);
  if (failure.code != 0 && !completes(&request, patience)) {
    abort_all(failure.message, static_cast<core::ExitCode>(failure.code));
  }
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  if (first == ranks) {
    return;
  }
  broadcast(comm, failure, first);
  rethrow(failure);
}

}  // namespace sgdflux::la
