#pragma once
/// Ergodic components that no surface tells apart: wells with an exchange below what doubles resolve.
#include <memory>
#include <vector>

#include "sgdflux/study/stationary.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// The densities on the grid of the answer and on that of the error estimate, in the order of answer.components.
struct Mixture {
  std::vector<std::unique_ptr<Solution>> fine;
  std::vector<std::unique_ptr<Solution>> coarse;  ///< empty without error estimates
  int chosen = -1;                                ///< position of the component that gets all of the start
};

/// Fills components, weights and reason of an answer whose zero is not simple. Grids above the direct solver's size
/// are coarsened to it, with a remark. Collective.
[[nodiscard]] Mixture add_mixture(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                  const std::vector<model::Observable>& observables, const fv::Scheme& scheme,
                                  StationaryAnswer& answer);

}  // namespace sgdflux::study
