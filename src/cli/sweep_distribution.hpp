#pragma once
/// Points of a sweep over groups of ranks.
#include <mpi.h>

#include <optional>
#include <vector>

#include "run.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {

/// What there is to do: points and their runs, and which of them are left.
struct Workload {
  const Task& task;
  const std::vector<SweepPoint>& points;
  const std::vector<Run>& runs;
  std::vector<std::size_t> left;  ///< positions
};

/// Runs the points that are left on `groups` groups of the ranks of `comm` and, on rank 0, stores what each ended in
/// and prints its summary in one piece. Where all groups are equal, the next free one takes the next point; else points
/// go round by their position, so that the number of ranks that compute a point never depends on timing. A point that
/// fails by its settings or has no answer is recorded; what else fails ends the sweep: every group finishes its point.
/// @throws core::Error of the lowest rank that failed, on every rank; InternalError where only some ranks of a group
/// may know of it. Collective over `comm`.
void run_points(MPI_Comm comm, const Workload& work, int groups, std::vector<std::optional<Outcome>>& outcomes);

}  // namespace sgdflux::cli
