#pragma once
/// Faces of troubled cells get the monotone flux.
#include "fv/stencil.hpp"

namespace sgdflux::fv {

/// Replaces the flux of `high` through the faces of troubled cells (either side) by that of the monotone scheme: fitted
/// where noise is uncorrelated, else what the jump process sends through the face.
void limit(const Discretisation& problem, const mesh::Box& cells, const Region* region, FaceFlux& high);

}  // namespace sgdflux::fv
