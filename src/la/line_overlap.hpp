#pragma once
/// Where the slabs of neighbouring ranks overlap along lines that are cut.
#include <mpi.h>

#include <array>
#include <vector>

#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::la {

/// The cells around the cuts between slabs, so many on each side: the ranks on both sides of a cut have values for
/// them.
class LineOverlap {
 public:
  /// @param slabs cut across `line_axis` alone. Collective; `comm` must outlive it.
  LineOverlap(MPI_Comm comm, const mesh::Partition& slabs, int line_axis);

  /// Cells on each side of a cut: half a slab, at most a sixteenth of a line.
  [[nodiscard]] static core::Index width(const mesh::Partition& slabs, int line_axis);

  /// Replaces what two ranks have for the same cells by an average that passes linearly from one to the other, in so
  /// many lines of `length` cells, which this rank's slab and what it overlaps have. Collective over neighbours, which
  /// have as many lines.
  void blend(double* lines, core::Index count, core::Index length);

 private:
  enum Side { before = 0, after = 1 };
  /// What this rank sends and has received across one cut.
  struct Cut {
    int neighbour = MPI_PROC_NULL;
    std::vector<double> sent;
    std::vector<double> received;
  };
  [[nodiscard]] core::Index first(Side side, core::Index length) const {
    return side == before ? 0 : length - 2 * width_;
  }

  MPI_Comm comm_;
  core::Index width_;
  std::array<Cut, 2> cuts_;
};

}  // namespace sgdflux::la
