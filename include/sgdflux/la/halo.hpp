#pragma once
/// Fields with a halo: values of other ranks' cells around the owned box.
#include <Eigen/Core>

#include "sgdflux/la/box_gather.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::la {

/// Vector with one number per owned cell, in C order of the owned box. Collective.
[[nodiscard]] Vector create_vector(MPI_Comm comm, const mesh::Partition& partition);
/// Copies between a vector's owned entries and an array of as many numbers.
[[nodiscard]] Eigen::ArrayXd values(Vec vector);
void set_values(Vec vector, const Eigen::ArrayXd& values);

/// Exchange that brings every cell of partition.with_halo(rank, width) to its rank, in any dimension.
class Halo {
 public:
  /// Collective over `comm`.
  Halo(MPI_Comm comm, const mesh::Partition& partition, core::Index width);
  [[nodiscard]] const mesh::Box& box() const { return cells_.box(); }
  /// Values on box(), C order, from a vector of owned values. Collective.
  [[nodiscard]] Eigen::ArrayXd exchange(const Eigen::ArrayXd& owned) const { return cells_(owned); }

 private:
  BoxGather cells_;
};

/// Sum over ranks of small arrays, in place. Collective.
void sum(MPI_Comm comm, Eigen::ArrayXd& values);
[[nodiscard]] double sum(MPI_Comm comm, double value);
[[nodiscard]] double maximum(MPI_Comm comm, double value);
[[nodiscard]] inline double minimum(MPI_Comm comm, double value) { return -maximum(comm, -value); }

}  // namespace sgdflux::la
