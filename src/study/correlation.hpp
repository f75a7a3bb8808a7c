#pragma once
/// Correlations of one stationary problem.
#include <mpi.h>

#include <string>
#include <vector>

#include "sgdflux/fv/scheme.hpp"
#include "sgdflux/study/correlate.hpp"

namespace sgdflux::study {

/// Numbers of one stationary problem before they are summed over problems; errors as they are known for it alone.
struct Correlation {
  Eigen::ArrayXd autocorrelation, autocorrelation_error;  ///< one entry a time
  Eigen::ArrayXd displacement, displacement_error;
  Eigen::ArrayXd slope, slope_error;  ///< d displacement / dt
  Eigen::ArrayXd power, power_error;  ///< one entry a frequency
  double mean = 0, mean_error = 0;
  double variance = 0, variance_error = 0;
  std::string undefined;              ///< why f has no finite variance; the numbers are then NaN
  Eigen::ArrayXd exact_displacement;  ///< empty where it is not known
  std::string source;
};

/// Solves for the stationary density on the settled mesh of `answer`, then for the correlations of f; with
/// options.estimate again on a coarser grid. Fills solver, audit and fields of the answer, and doubts it where solvers
/// fail. Collective over `comm`. @throws SettingsError when f is constant or not finite.
[[nodiscard]] Correlation correlations(MPI_Comm comm, const model::Sde& sde, const CorrelateOptions& options,
                                       const model::Observable& f, const fv::Scheme& scheme, CorrelateAnswer& answer);

}  // namespace sgdflux::study
