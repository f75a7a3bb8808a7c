#pragma once
/// Decompositions of the diffusion tensors of a grid's cells.
#include "fv/log_density_slope.hpp"
#include "sgdflux/fv/generator.hpp"

namespace sgdflux::fv {

/// Decompositions within the limits of a grid; a tensor equal to the one before is not decomposed again.
class CellDecomposition {
 public:
  explicit CellDecomposition(const mesh::Grid& grid) : limits_(lattice_limits(grid)) {}
  [[nodiscard]] const LatticeTerms& of(const LatticeTensor& tensor);

 private:
  LatticeLimits limits_;
  LatticeTensor tensor_;
  LatticeTerms terms_;
};

}  // namespace sgdflux::fv
