#include "fv/limited_flux.hpp"

#include <algorithm>

#include "fv/jump_flux.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

bool is_troubled(const Discretisation& problem, Cell cell) {
  Box lattice;
  lattice.upper = problem.grid.shape();
  for (int d = 0; d < problem.grid.dimension(); ++d) {
    const auto& axis = problem.grid.axis(d);
    Index& at = cell[static_cast<std::size_t>(d)];
    at = axis.periodic() ? (at % axis.cells() + axis.cells()) % axis.cells() : at;
  }
  return lattice.contains(cell) && (*problem.troubled)[static_cast<std::size_t>(lattice.position(cell))];
}

std::vector<bool> limited_faces(const Discretisation& problem, int axis, const Box& faces) {
  std::vector<bool> limited(static_cast<std::size_t>(faces.cells()));
  for (Index face = 0; face < faces.cells(); ++face) {
    const Cell upper = faces.cell(face);
    Cell lower = upper;
    lower[static_cast<std::size_t>(axis)] -= 1;
    limited[static_cast<std::size_t>(face)] = is_troubled(problem, upper) || is_troubled(problem, lower);
  }
  return limited;
}

/// The entries of a two-point flux at the limited faces.
std::vector<FaceFlux::Entry> selected_entries(const FaceFlux& flux, const std::vector<bool>& limited) {
  std::vector<FaceFlux::Entry> entries;
  for (Index face = 0; face < flux.faces.cells(); ++face) {
    for (std::size_t k = 0; limited[static_cast<std::size_t>(face)] && k < flux.offsets.size(); ++k) {
      FaceFlux::Entry entry{static_cast<std::int32_t>(face), {}, flux.weights(face, static_cast<Eigen::Index>(k))};
      if (entry.weight == 0) {
        continue;  // its cell may be beyond a wall
      }
      std::copy(flux.offsets[k].begin(), flux.offsets[k].end(), entry.offset.begin());
      entries.push_back(entry);
    }
  }
  return entries;
}

}  // namespace

void limit(const Discretisation& problem, const Box& cells, const Region* region, FaceFlux& high) {
  const std::vector<bool> limited = limited_faces(problem, high.axis, high.faces);
  for (Index face = 0; face < high.faces.cells(); ++face) {
    if (limited[static_cast<std::size_t>(face)]) {
      high.weights.row(face).setZero();
    }
  }
  high.entries = jumps_along_offsets(problem)
                     ? jump_flux(problem, JumpProcess(problem, cells), high.axis, high.faces,
                                 [&](Index face) { return limited[static_cast<std::size_t>(face)]; })
                     : selected_entries(fitted_flux(problem.sde, problem.grid, high.axis, high.faces, region), limited);
}

}  // namespace sgdflux::fv
