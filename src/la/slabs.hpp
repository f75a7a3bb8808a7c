#pragma once
/// A field on a lattice as a matrix that is spread over ranks.
#include <mpi.h>

#include <vector>

#include "sgdflux/la/ghosts.hpp"
#include "single_precision.hpp"

namespace sgdflux::la {

using core::Index;

/// [begin, end).
struct Range {
  Index begin = 0;
  Index end = 0;
  [[nodiscard]] Index size() const { return end - begin; }
};

/// The matrix whose columns are the cells of one group of axes and whose rows are those of the others, each in C order,
/// stored by columns. Of two layouts, slabs are runs of rows with all columns, and columns belong to ranks in whatever
/// way they are told; the fields themselves are spread in boxes. Numbers travel in single precision.
class Slabs {
 public:
  /// @param columns axes of the group, ascending. Not collective.
  Slabs(MPI_Comm comm, const Decomposition& cells, const std::vector<int>& columns);
  /// Who has which columns: for every rank runs of them, ascending.
  void own_columns(std::vector<std::vector<Range>> columns);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index columns() const { return columns_; }
  /// Rows of this rank's slab, and numbers of its slab or its columns, whichever are more.
  [[nodiscard]] Range slab() const { return slab_of(rank_); }
  [[nodiscard]] Index own_columns() const { return own_columns_of(rank_); }
  [[nodiscard]] Index numbers() const;

  /// factor · field, from boxes to slabs (stride: rows of the slab), and back. Collective.
  void to_slab(const double* field, double factor, float* slab);
  void from_slab(const float* slab, double factor, double* field);
  /// From slabs to columns in the layout of own_columns (stride: rows()), and back; with one rank nothing has to be
  /// done, and `from` and `to` may be one. Collective.
  void to_columns(const float* from, float* to);
  void from_columns(const float* from, float* to);
  [[nodiscard]] double bytes() const;

 private:
  /// Where the cells of a rank's box lie in the matrix, and in the box.
  struct Cells {
    std::vector<Index> column, row;                ///< indices in the matrix, ascending
    std::vector<Index> column_offset, row_offset;  ///< what they add to the position in the box
  };
  [[nodiscard]] Cells cells_of(const mesh::Box& box, const std::vector<int>& columns) const;
  [[nodiscard]] Range slab_of(int rank) const;
  [[nodiscard]] Index own_columns_of(int rank) const;
  /// Which of the rows of a box lie in a slab.
  [[nodiscard]] static Range inside(const Cells& cells, const Range& slab);
  void exchange(const std::vector<Index>& sent, const std::vector<Index>& received);

  MPI_Comm comm_;
  int ranks_;
  int rank_;
  mesh::Cell shape_;
  int dimension_;
  Index rows_ = 1;
  Index columns_ = 1;
  std::vector<Cells> boxes_;
  std::vector<std::vector<Range>> owned_;
  std::vector<float> outgoing_;
  std::vector<float> incoming_;
};

}  // namespace sgdflux::la
