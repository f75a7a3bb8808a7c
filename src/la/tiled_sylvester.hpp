#pragma once
/// Sylvester equations with the Schur forms of two generators, tiles of the unknown matrix spread over ranks.
#include <mpi.h>

#include <vector>

#include "schur_form.hpp"
#include "slabs.hpp"
#include "triangular_sylvester.hpp"

namespace sgdflux::la {

/// Waves of tiles: those whose distances from the corner, where substitution begins, add up to the same number need one
/// another for nothing, and all need products with as many tiles. Every rank solves those in its own strips of columns
/// and then tells the others.
class TiledSylvester {
 public:
  /// `rows` and `columns` outlive it. Not collective.
  TiledSylvester(MPI_Comm comm, const SchurForm& rows, const SchurForm& columns);

  /// Columns of every rank: whole strips.
  [[nodiscard]] std::vector<std::vector<Range>> owned() const;
  /// Solves in place for each pair of sectors; `y` has this rank's columns side by side. Collective.
  void solve(const SylvesterKind& kind, float* y);
  [[nodiscard]] double bytes() const { return sizeof(float) * static_cast<double>(whole_.size() + buffer_.size()); }

 private:
  /// Rows or columns of a sector that are treated together; no 2 × 2 block is cut.
  struct Strip {
    Index begin, size;  ///< in the sector
    std::size_t sector;
    Index place;  ///< in the sector, from its beginning
    Index count;  ///< of strips in the sector
    int owner;
  };
  struct Tile {
    const Strip* row;
    const Strip* column;
  };
  [[nodiscard]] std::vector<Strip> strips(const SchurForm& form) const;
  [[nodiscard]] std::vector<Tile> wave(Index distance, bool transposed) const;
  [[nodiscard]] Index waves() const;
  [[nodiscard]] FloatBlock values(const Tile& tile) const;
  void solve(const SylvesterKind& kind, const Tile& tile) const;
  void share(const std::vector<Tile>& tiles);
  template <class Action>
  void for_own_columns(float* y, const Action& action) const;

  MPI_Comm comm_;
  int ranks_;
  int rank_;
  const SchurForm& rows_;
  const SchurForm& columns_;
  std::vector<Strip> row_strips_;
  std::vector<Strip> column_strips_;
  std::vector<float> whole_;   ///< all columns, on more than one rank
  std::vector<float> buffer_;  ///< tiles of a wave
  float* y_ = nullptr;         ///< all columns
};

}  // namespace sgdflux::la
