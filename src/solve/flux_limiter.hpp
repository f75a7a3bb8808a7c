#pragma once
/// Amounts that cross faces, and the limit under which they leave no cell negative.
#include <mpi.h>

#include <array>
#include <vector>

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {

/// What crosses the faces of the owned cells along each axis (fv::faces_of, C order), in +ξ: in units of the density of
/// a cell, so that a cell's density rises by what enters below and falls by what leaves above.
using FaceAmounts = std::vector<Eigen::ArrayXd>;

/// Rows of the faces below and above every owned cell along one axis.
struct CellFaces {
  Eigen::ArrayXi below, above;
};
[[nodiscard]] std::vector<CellFaces> cell_faces(const mesh::Grid& grid, const mesh::Box& owned);
/// Σ over axes of what enters below minus what leaves above, at the owned cells.
[[nodiscard]] Eigen::ArrayXd gain(const std::vector<CellFaces>& faces, const FaceAmounts& amounts);

struct Limited {
  FaceAmounts cut;     ///< (1 − α)A
  double total = 0;    ///< Σ over faces of |cut|, all ranks
  double deficit = 0;  ///< Σ over cells of what floor + gain of αA is still negative by, all ranks
  int sweeps = 0;
};

/// A(face) ↦ α(face) A(face), α = R(cell that A takes from), R the largest in [0, 1] with which
///     P_c = floor_c + Σ_{into c} R A − R_c Σ_{out of c} |A| ≥ 0 in every cell.
/// The right side rises with the R of the others: starting at R = 1, R_c = (floor_c + Σ_{into c} R A)/Σ_{out of c} |A|
/// where P_c < 0, again and again, falls to that R. What a cell lacks is handed on to those that it gives to, until
/// cells that have mass pay: sweeps end when what is lacking in all is the rounding of the whole mass. Zalesak's R,
/// which counts on nothing that comes in, is a lower bound: it would cut where nothing is negative.
class FluxLimiter {
 public:
  /// Collective.
  FluxLimiter(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition);
  /// @param floor ≥ 0. Collective.
  [[nodiscard]] Limited limit(const Eigen::ArrayXd& floor, const FaceAmounts& correction) const;

 private:
  [[nodiscard]] Eigen::ArrayXd inflow(const FaceAmounts& correction, const Eigen::ArrayXd& ratio) const;
  [[nodiscard]] Eigen::ArrayXd outflow(const FaceAmounts& correction) const;
  [[nodiscard]] FaceAmounts cut(const FaceAmounts& correction, const Eigen::ArrayXd& ratio) const;
  /// R of the cell below or above a face; 1 outside the lattice.
  [[nodiscard]] static double at(const Eigen::ArrayXd& ratio, int position) {
    return position < 0 ? 1 : ratio(position);
  }

  MPI_Comm comm_;
  la::Halo halo_;
  std::vector<CellFaces> faces_;
  std::vector<CellFaces> cells_;  ///< positions in the halo's box of the cells below and above every *face*; −1: none
};

}  // namespace sgdflux::solve
