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
  Batch points;            ///< physical centres, cells × dimension
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
/// The profile of weights · mass. Collective.
[[nodiscard]] Eigen::ArrayXd marginal(const State& state, int d, const Eigen::ArrayXd& weights);
[[nodiscard]] Eigen::ArrayXd marginal(const State& state, int d);
/// Masses of the marginal over axes (d, e), d < e, shape cells_d × cells_e in C order. Collective.
[[nodiscard]] Eigen::ArrayXd marginal(const State& state, int d, int e);

}  // namespace sgdflux::observe
