#pragma once
/// Does a grid fit before anything is allocated?
#include <mpi.h>

#include <string>

#include "extents.hpp"
#include "sgdflux/fv/scheme.hpp"
#include "sgdflux/study/stationary.hpp"
#include "solver_choice.hpp"

namespace sgdflux::study {

/// "1.5 GB".
[[nodiscard]] std::string in_gigabytes(double bytes);

/// Memory that a run may take, on all ranks together.
struct Room {
  double bytes = 0;
  std::string source;  ///< why no more: "are free", "are allowed", …
};

/// `limit_per_rank` bytes each; with 0 as many times as there are ranks what the tightest rank may take: nine tenths of
/// its share of what its machine has free, or what control groups or the limits of its process leave. The same on
/// every rank. Collective.
[[nodiscard]] Room usable_memory(MPI_Comm comm, double limit_per_rank);

/// What is asked of a grid.
struct Demand {
  Systems systems = Systems::density;
  int basis = 0;  ///< vectors that are kept besides
};

/// @throws SettingsError, on every rank, with an estimate, what there is, and the largest grid of the same proportions
/// that would fit. Collective.
void require_memory(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                    const fv::Scheme& scheme, double limit_per_rank, const Demand& demand = {});

}  // namespace sgdflux::study
