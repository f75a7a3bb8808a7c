#pragma once
/// Does a grid fit before anything is allocated?
#include <mpi.h>

#include <string>

#include "sgdflux/fv/scheme.hpp"
#include "sgdflux/study/stationary.hpp"

namespace sgdflux::study {

/// Memory that this machine has free, in bytes (Linux: MemAvailable), or what a container's limit leaves if that is
/// less; infinite when unknown.
[[nodiscard]] double available_memory();

/// "1.5 GB".
[[nodiscard]] std::string in_gigabytes(double bytes);

/// Bytes that a run on all ranks of `comm` may take: `limit_per_rank` each, or with 0 nine tenths of what is free, the
/// same on every rank. Collective.
[[nodiscard]] double usable_memory(MPI_Comm comm, double limit_per_rank);

/// @throws SettingsError, on every rank, with an estimate, what is available and the number of cells that would fit.
/// Collective.
void require_memory(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                    const fv::Scheme& scheme, double limit_per_rank);

}  // namespace sgdflux::study
