#pragma once
/// The modes of one grid, and what other grids and boxes say of them.
#include <memory>
#include <string>
#include <vector>

#include "assembly.hpp"
#include "sgdflux/solve/spectrum.hpp"
#include "sgdflux/study/spectrum.hpp"

namespace sgdflux::study {

/// One grid with the slowest modes of its generator. Not movable: the assembly is not.
struct Modes {
  Modes(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme)
      : assembly(comm, sde, make_axes(mesh), scheme) {}
  Assembly assembly;
  solve::SpectrumResult result;
  std::string solver;               ///< of the shifted systems, in words
  std::vector<double> dissipation;  ///< |uᴴEv/uᴴv| of each mode, when left vectors were asked for
};

/// Modes of a grid; with `options.left` also what the damping does to them. Collective.
[[nodiscard]] std::unique_ptr<Modes> find_modes(MPI_Comm comm, const model::Sde& sde,
                                                const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme,
                                                const solve::SpectrumOptions& options);

/// The same spacing in ξ on a box that is smaller by this share at each truncated end; cells that are not there to be
/// given up (periodic axes, walls) stay. Empty when no end is truncated.
[[nodiscard]] std::vector<mesh::AxisSpec> smaller_box(const std::vector<mesh::AxisSpec>& mesh, double share);

/// For each mode its counterpart among `others`: the pairs of least distance first, each used once; −1 when none is
/// left.
[[nodiscard]] std::vector<int> counterparts(const std::vector<solve::Mode>& modes,
                                            const std::vector<solve::Mode>& others);

}  // namespace sgdflux::study
