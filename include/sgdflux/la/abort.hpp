#pragma once
/// The end of all ranks, where one of them has failed and the others may wait for it for ever.
#include <mpi.h>

#include <string>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::la {

/// Says "sgdflux: rank r: message" and ends every rank of the program with `code`. Not collective.
[[noreturn]] void abort_all(const std::string& message, core::ExitCode code);

/// An allocation has failed. Among several ranks that work together nothing can be put in order any more: ends all of
/// them with words and the exit code of settings. A rank that works alone gets std::bad_alloc. Session makes it the
/// handler of operator new.
[[noreturn]] void out_of_memory();

/// How many ranks work together with this one: those of the program, unless Groups have been made.
void set_team(int ranks);

/// Waits for a request of MPI, at most `seconds`; whether it is complete.
[[nodiscard]] bool completes(MPI_Request* request, double seconds);

}  // namespace sgdflux::la
