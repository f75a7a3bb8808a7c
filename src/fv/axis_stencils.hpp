#pragma once
/// The fluxes along one axis as stencils of the cells that they flow into and out of.
#include "fv/stencil_table.hpp"
#include "sgdflux/fv/scheme.hpp"
#include "sgdflux/mesh/axis.hpp"

namespace sgdflux::fv {

/// With f = B_iP, g = A_iiP and the damping S = ε|B_i| share at faces, all along axis i, row c of the generator is
///     Σ_k value[c][k] f_{c+k} + Σ_k second[c][k] g_{c+k} + S_c Σ_k lower[c][k] P_{c+k} + S_{c+1} Σ_k upper[c][k]
///     P_{c+k},
/// where face c is the one below cell c; weights 1/h, 1/h² and 1/h. Faces at ends that are not periodic have no flux,
/// and the order drops next to reflecting walls (see reconstructed_flux).
struct AxisStencils {
  StencilTable value;
  StencilTable second;
  StencilTable lower;
  StencilTable upper;
  StencilTable both;        ///< lower + upper: of a damping that does not change along the axis
  StencilTable derivative;  ///< ∂_i of a flux function at cells; one-sided in the cell at a wall

  AxisStencils(const mesh::Axis& axis, const Scheme& scheme);
};

/// The same for the transpose: row c of Lᵀ is
///     B_c Σ_k value[c][k] u_{c+k} + A_c Σ_k second[c][k] u_{c+k} + Σ_k faces[c][k] S_{c+k} u_{c+k}
///     + Σ_k faces_below[c][k] S_{c+k+1} u_{c+k},  faces_below[c][k] = −faces[c][k+1].
struct TransposedStencils {
  StencilTable value;
  StencilTable second;
  StencilTable faces;
  StencilTable faces_below;
  StencilTable both;
  StencilTable derivative;

  TransposedStencils(const mesh::Axis& axis, const Scheme& scheme, const AxisStencils& forward);
};

/// Σ_c |weights| of the first and second derivative in the middle of an axis, 1/h and 1/h².
struct StencilSizes {
  double first;
  double second;
};
[[nodiscard]] StencilSizes stencil_sizes(const mesh::Axis& axis, const Scheme& scheme);

}  // namespace sgdflux::fv
