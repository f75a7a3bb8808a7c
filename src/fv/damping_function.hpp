#pragma once
/// The strength of the damping flux as a function of cells.
#include "fv/cell_function.hpp"

namespace sgdflux::fv {

/// ε|B| share at the faces of an axis, over the variables that drift and noise along it depend on; 0 where no flux is.
/// Nothing where it is 0 everywhere.
[[nodiscard]] CellFunction damping_function(const Discretisation& problem, int axis, const mesh::Box& owned,
                                            Index width, const CellFunction& drift, const CellFunction& diffusion);

}  // namespace sgdflux::fv
