#pragma once
/// Generators as distributed sparse matrices.
#include "sgdflux/la/handle.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::la {

/// Rows of a box of cells as a stencil: row c has values(c, k) at cell c + offsets[k], times `scale`, plus `shift` on
/// the diagonal. `values` is cells × offsets.
struct StencilRows {
  const mesh::Box& cells;
  const std::vector<mesh::Cell>& offsets;
  const core::Batch& values;
  double scale = 1;
  double shift = 0;
};

/// AIJ matrix in the numbering of `partition`, rank r owning the rows of its box. The pattern holds every stencil entry
/// inside the lattice, whatever its value, so that fill() can be repeated. Collective over `comm`.
[[nodiscard]] Matrix create_matrix(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition,
                                   const StencilRows& rows);

/// New values for a matrix of create_matrix with the same offsets. Collective.
void fill(Mat matrix, const mesh::Grid& grid, const StencilRows& rows);

}  // namespace sgdflux::la
