#pragma once
/// A density on a grid, ready to be averaged over.
#include <mpi.h>

#include <functional>
#include <vector>

#include "sgdflux/mesh/partition.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::observe {

using core::Batch;
using core::Index;

/// One rank's part of a density. The references must outlive it.
struct State {
  MPI_Comm comm;
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  mesh::Box owned;
  Eigen::ArrayXd density;  ///< P(ξ) at the owned cells
  Eigen::ArrayXd mass;     ///< P · (ξ-volume of a cell)
  /// Physical centres of the owned cells, computed when asked for: cells × dimension, and one variable of them.
  [[nodiscard]] Batch points() const;
  [[nodiscard]] Eigen::ArrayXd coordinate(int d) const;
};

[[nodiscard]] State make_state(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition,
                               Eigen::ArrayXd density);

/// The same grid with another density.
void replace_density(State& state, Eigen::ArrayXd density);

/// Σ f · mass, f given at the owned cells. Collective.
[[nodiscard]] double mean(const State& state, const Eigen::ArrayXd& values);
/// Σ (f − ⟨f⟩)(g − ⟨g⟩) · mass. Collective.
[[nodiscard]] double covariance(const State& state, const Eigen::ArrayXd& f, const Eigen::ArrayXd& g);
/// Σ of contributions (a number per owned cell) over all other axes, a number per cell of axis d (all of them, on every
/// rank). Collective.
[[nodiscard]] Eigen::ArrayXd profile(const State& state, int d, const Eigen::ArrayXd& contributions);

/// The profiles of contributions and of their absolute values along all axes, on every rank.
struct Profiles {
  std::vector<Eigen::ArrayXd> sums;
  std::vector<Eigen::ArrayXd> sizes;
  [[nodiscard]] double sum() const { return sums.front().sum(); }
  [[nodiscard]] double size() const { return sizes.front().sum(); }
};

/// A part of the owned cells that is contiguous in their arrays, small enough to work on in the cache.
struct Slab {
  mesh::Box cells;
  Index begin = 0;  ///< position of its first cell among the owned ones
};
[[nodiscard]] std::vector<Slab> slabs(const mesh::Box& owned);

/// Profiles of `count` functions, whose contributions are asked for slab by slab (cells × count). Collective;
/// exceptions of one rank are thrown on all.
[[nodiscard]] std::vector<Profiles> profiles(const State& state, Index count,
                                             const std::function<Batch(const Slab&)>& contributions);
[[nodiscard]] Profiles profiles(const State& state, const Eigen::ArrayXd& contributions);

/// The profile of weights · mass. Collective.
[[nodiscard]] Eigen::ArrayXd marginal(const State& state, int d, const Eigen::ArrayXd& weights);
[[nodiscard]] Eigen::ArrayXd marginal(const State& state, int d);
/// Σ of values on a part of a lattice (of cells or faces) over all axes but d and e, d < e: shape_d × shape_e in C
/// order, on every rank. The parts of all ranks together hold each place once. Collective.
[[nodiscard]] Eigen::ArrayXd plane(MPI_Comm comm, const mesh::Box& part, const mesh::Cell& shape, int d, int e,
                                   const Eigen::ArrayXd& values);
/// Σ of contributions over all axes but d and e, d < e, shape cells_d × cells_e in C order, on every rank. Collective.
[[nodiscard]] Eigen::ArrayXd plane(const State& state, int d, int e, const Eigen::ArrayXd& contributions);
/// Masses of the marginal over axes (d, e), d < e, shape cells_d × cells_e in C order. Collective.
[[nodiscard]] Eigen::ArrayXd marginal(const State& state, int d, int e);

}  // namespace sgdflux::observe
