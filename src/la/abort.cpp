#include "sgdflux/la/abort.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

/// Given back for the last words: MPI allocates on its way to the end.
constexpr std::size_t reserve_bytes = std::size_t{4} << 20;

int team = 1;
std::unique_ptr<char[]> reserve;

}  // namespace

void set_team(int ranks) {
  team = ranks;
  if (ranks > 1 && !reserve) {
    reserve.reset(new char[reserve_bytes]);  // untouched pages cost nothing
  }
}

void abort_all(const std::string& message, core::ExitCode code) {
  reserve.reset();
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  const std::string speaker = size(MPI_COMM_WORLD) > 1 ? "rank " + std::to_string(rank(MPI_COMM_WORLD)) + ": " : "";
  std::cerr << "sgdflux: " << speaker << line << std::endl;
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(code));
  std::_Exit(static_cast<int>(code));
}

void out_of_memory() {
  if (team > 1) {
    reserve.reset();  // before the words are put together
    abort_all(memory_words, core::ExitCode::settings);
  }
  throw std::bad_alloc();
}

bool completes(MPI_Request* request, double seconds) {
  int done = 0;
  for (const double start = MPI_Wtime(); done == 0 && MPI_Wtime() - start < seconds;) {
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
  }
  return done != 0;
}

}  // namespace sgdflux::la
