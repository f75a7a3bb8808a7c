#pragma once
/// Cells of the levels of a multigrid hierarchy, and the rates through the faces of coarse ones. Collective where said.
#include <array>
#include <vector>

#include "sgdflux/la/multigrid.hpp"

namespace sgdflux::la::multigrid {

using core::Index;
using mesh::Box;
using mesh::Cell;

inline constexpr std::size_t axis_count = core::max_dimension;

/// Cells of a level; those at upper ends may be narrower than the others.
struct Lattice {
  Decomposition cells;
  std::array<std::vector<double>, axis_count> width;  ///< along each axis, in cells of the finest level

  [[nodiscard]] Index size() const;  ///< cells of all ranks
  [[nodiscard]] bool any_empty() const;
};

/// Along which axes pairs of cells become one.
using Coarsening = std::array<bool, axis_count>;

[[nodiscard]] Lattice finest(const Decomposition& cells);
/// Cells 2i and 2i + 1 become cell i, owned by the owner of 2i.
[[nodiscard]] Lattice coarse(const Lattice& fine, const Coarsening& halved);
/// All cells on one rank.
[[nodiscard]] Lattice united(Lattice lattice);

/// Whether a coarse cell has fine cells of two ranks.
[[nodiscard]] bool straddles(const Lattice& fine, const Coarsening& halved);

/// Axes that have cells to spare and at least an eighth of the strongest such axis' coupling (the geometric mean of
/// diffusive rates over a sample of faces): point smoothing leaves errors that are rough along the weaker ones.
/// The same on every rank. Collective.
[[nodiscard]] Coarsening choose_axes(MPI_Comm comm, const Lattice& lattice, const std::vector<FaceRates>& faces);

/// Rates of the owned coarse cells. Collective.
[[nodiscard]] std::vector<FaceRates> coarse_rates(MPI_Comm comm, const Lattice& fine,
                                                  const std::vector<FaceRates>& faces, const Coarsening& halved,
                                                  const Lattice& coarse);

/// Brings the values of owned cells together on every rank.
class Gathering {
 public:
  Gathering(MPI_Comm comm, const Decomposition& cells);
  [[nodiscard]] const Box& owned() const { return owned_; }
  /// Owned cells (C order of the box) to all cells (C order of the lattice). Collective.
  void gather(const double* owned, double* all) const;
  /// The owned ones of all cells. Not collective.
  void extract(const double* all, double* owned) const;
  /// Rates of all cells from those of owned ones. Collective.
  [[nodiscard]] std::vector<FaceRates> gather(const std::vector<FaceRates>& faces, const Lattice& all) const;

 private:
  MPI_Comm comm_;
  std::vector<Box> boxes_;
  Box whole_;
  Box owned_;
  std::vector<int> counts_;
  std::vector<int> offsets_;
};

/// Whether a box has no cells; one whose bounds are out of order has none, either.
[[nodiscard]] bool empty(const Box& box);

/// `box` with one more layer above along an axis, if it has cells: its faces.
[[nodiscard]] Box faces_along(Box box, std::size_t axis);

/// Calls visit(cell) for the first cells of the rows of a box along axis `last`, beyond which it has one cell an axis.
template <class Visit>
void for_each_line(const Box& box, std::size_t last, const Visit& visit) {
  if (empty(box)) {
    return;
  }
  for (Cell cell = box.lower;;) {
    visit(cell);
    std::size_t d = last;
    while (d-- > 0 && ++cell[d] == box.upper[d]) {
      cell[d] = box.lower[d];
    }
    if (d == static_cast<std::size_t>(-1)) {
      return;
    }
  }
}

/// Distances in memory between neighbours of a box along each axis, C order.
[[nodiscard]] std::array<Index, axis_count> strides(const Box& box);

}  // namespace sgdflux::la::multigrid
