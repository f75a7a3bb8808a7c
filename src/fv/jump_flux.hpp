#pragma once
/// Rows and face fluxes of the jump process along lattice offsets.
#include <functional>

#include "fv/jump_process.hpp"

namespace sgdflux::fv {

/// Rows of the cells of `cells`: of L, or of Lᵀ (rates out of each cell).
[[nodiscard]] Generator jump_generator(const Discretisation& problem, const mesh::Box& cells);
[[nodiscard]] Generator transposed_jump_generator(const Discretisation& problem, const mesh::Box& cells);

/// Fluxes through the faces that are selected: each jump is sent along the two staircases between its cells, half along
/// each: the divergence of all fluxes is that of the jumps, and equal jumps there and back leave no current. `selected`
/// takes a position in `faces`.
[[nodiscard]] std::vector<FaceFlux::Entry> jump_flux(const Discretisation& problem, const JumpProcess& jumps, int axis,
                                                     const mesh::Box& faces,
                                                     const std::function<bool(Index)>& selected);

}  // namespace sgdflux::fv
