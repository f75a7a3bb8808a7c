#include "gather.hpp"

#include <vector>

namespace sgdflux::sample {

Share share(core::Index paths, int rank, int ranks) {
  const core::Index first = paths * rank / ranks;
  return {first, paths * (rank + 1) / ranks - first};
}

core::Batch gathered(MPI_Comm comm, const core::Batch& rows) {
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  if (ranks == 1) {
    return rows;
  }
  const int own = static_cast<int>(rows.rows());
  std::vector<int> counts(static_cast<std::size_t>(ranks));
  MPI_Allgather(&own, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
  std::vector<int> offsets(counts.size(), 0);
  for (std::size_t r = 1; r < counts.size(); ++r) {
    offsets[r] = offsets[r - 1] + counts[r - 1];
  }
  core::Batch all(offsets.back() + counts.back(), rows.cols());
  for (Eigen::Index column = 0; column < rows.cols(); ++column) {  // columns are contiguous on both sides
    MPI_Allgatherv(rows.col(column).data(), own, MPI_DOUBLE, all.col(column).data(), counts.data(), offsets.data(),
                   MPI_DOUBLE, comm);
  }
  return all;
}

}  // namespace sgdflux::sample
