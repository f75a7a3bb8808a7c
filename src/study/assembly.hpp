#pragma once
/// A model on one grid with its generator.
#include <mpi.h>

#include <vector>

#include "sgdflux/fv/generator.hpp"

namespace sgdflux::study {

/// Grid, partition and scheme of a model; not movable: the discretisation refers to the grid.
struct Assembly {
  /// Collective. @throws SettingsError for a scheme that does not fit the model.
  Assembly(MPI_Comm comm, const model::Sde& sde, std::vector<mesh::Axis> axes, const fv::Scheme& scheme,
           fv::AbsorbingSet absorbing = {});
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  MPI_Comm comm;
  const model::Sde& sde;
  mesh::Grid grid;
  mesh::Partition partition;
  mesh::Box owned;
  fv::Discretisation problem;

  /// Rows of this rank's cells with another scheme, the own one, backwards. Collective. @throws SettingsError for NaN
  /// coefficients.
  [[nodiscard]] fv::Generator generator(const fv::Scheme& scheme) const;
  [[nodiscard]] fv::Generator generator() const { return generator(problem.scheme); }
  [[nodiscard]] fv::Generator backward_generator() const;
  /// Another model on this grid with the same scheme, no absorbing set. Not collective: every rank looks at the same
  /// coarse sample of the grid. Its couplings include those of the model that the assembly is for.
  [[nodiscard]] fv::Discretisation discretisation_of(const model::Sde& other) const;
};

/// Axes of the same domain and maps with `factor` < 1 times the cells: at least one fewer, at least 2.
[[nodiscard]] std::vector<mesh::AxisSpec> rescaled(const std::vector<mesh::AxisSpec>& mesh, double factor);
[[nodiscard]] std::vector<mesh::Axis> make_axes(const std::vector<mesh::AxisSpec>& mesh);

/// Where there is noise.
struct NoiseAxes {
  bool inertial = false;  ///< some axis has cells (nearly) without noise
  int only = -1;          ///< the one axis that has any noise, or −1
};
/// Collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] NoiseAxes noise_axes(const Assembly& assembly);
/// Whether noise is correlated between axes somewhere.
[[nodiscard]] bool coupled(const fv::Coupling& coupling);

/// All cells of the lattice on every rank, C order. Collective; for grids that fit.
[[nodiscard]] Eigen::ArrayXd gathered(MPI_Comm comm, const mesh::Grid& grid, const mesh::Box& owned,
                                      const Eigen::ArrayXd& values);

}  // namespace sgdflux::study
