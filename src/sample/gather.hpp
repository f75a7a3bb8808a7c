#pragma once
/// Rows of paths, dealt out to ranks in order.
#include <mpi.h>

#include "sgdflux/core/types.hpp"

namespace sgdflux::sample {

/// Paths of a rank: [first, first + count), as even as they go.
struct Share {
  core::Index first = 0;
  core::Index count = 0;
};
[[nodiscard]] Share share(core::Index paths, int rank, int ranks);

/// The rows of all ranks, one below the other; the number of columns is the same everywhere. Collective.
[[nodiscard]] core::Batch gathered(MPI_Comm comm, const core::Batch& rows);

}  // namespace sgdflux::sample
