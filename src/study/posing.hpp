#pragma once
/// What every study does before it solves: scheme, mesh, progress, doubts.
#include <mpi.h>

#include <string>

#include "domain.hpp"
#include "sgdflux/fv/scheme.hpp"
#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

/// Calls options.progress on rank 0 of `comm`.
void report_progress(MPI_Comm comm, const Options& options, const std::string& phase, double done);

/// The scheme that is asked for, or the one that fits, with the reason. `smooth`: the unknowns are eigenfunctions or
/// mean times, for which the two-point flux that is exact for stationary densities has no merit.
[[nodiscard]] fv::Scheme choose_scheme(const model::Sde& sde, const Options& options, bool smooth, Answer& answer);

/// Settles the mesh; false when the answer is a refusal. Collective.
[[nodiscard]] bool settle_mesh(MPI_Comm comm, const model::Sde& sde, const Options& options, const Reach& reach,
                               Answer& answer);

/// Marks a converged answer as not converged, with the first reason given; an empty reason does nothing.
void doubt(Answer& answer, const std::string& reason);

/// Adds the time since the last lap to a phase of the answer.
class Stopwatch {
 public:
  explicit Stopwatch(Answer& answer);
  void lap(const std::string& phase);

 private:
  Answer& answer_;
  double last_;
};

}  // namespace sgdflux::study
