#pragma once
/// Values of any box of cells, whoever owns them.
#include <mpi.h>

#include <vector>

#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::la {

/// Brings values that lie distributed over the owned boxes of a partition to ranks that want them on boxes of their
/// own, which may overlap, be empty, and reach beyond periodic ends of the lattice as far as they like. One message for
/// each pair of ranks; only what is wanted travels.
class BoxGather {
 public:
  /// @param wanted by this rank, inside the lattice along axes that are not periodic. Collective.
  /// @throws InternalError on every rank for a box that leaves the lattice.
  BoxGather(MPI_Comm comm, const mesh::Partition& partition, const mesh::Box& wanted);
  [[nodiscard]] const mesh::Box& box() const { return wanted_; }
  /// Values on box(), C order, from those of the owned cells. Collective.
  [[nodiscard]] Eigen::ArrayXd operator()(const Eigen::ArrayXd& owned) const;

 private:
  /// Cells of one rank that another one wants: as their owner numbers them, and where they go.
  struct Piece {
    int rank;
    mesh::Box source;
    mesh::Box target;
  };
  MPI_Comm comm_;
  mesh::Box owned_;
  mesh::Box wanted_;
  std::vector<Piece> sent_;
  std::vector<Piece> received_;
};

/// One such exchange. Collective.
[[nodiscard]] inline Eigen::ArrayXd values_on(MPI_Comm comm, const mesh::Partition& partition,
                                              const Eigen::ArrayXd& owned, const mesh::Box& wanted) {
  return BoxGather(comm, partition, wanted)(owned);
}

}  // namespace sgdflux::la
