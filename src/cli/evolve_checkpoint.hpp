#pragma once
/// Checkpoints of `evolve`: checkpoint.h5 in the folder of the run.
#include <mpi.h>

#include <optional>
#include <string>

#include "checkpoints.hpp"
#include "sgdflux/core/settings.hpp"
#include "sgdflux/study/evolve.hpp"

namespace sgdflux::cli {

/// What a run starts from.
struct Restart {
  std::string file;  ///< the checkpoint that it goes on from, or ""
  std::optional<study::EvolveCheckpoint> from;
  std::string remark;  ///< why a checkpoint that was found is not used
};

/// By evolve.restart: auto uses checkpoint.h5 of `directory` where there is one that fits; `on` and a path insist.
/// @throws FileError: unreadable, damaged, another version; SettingsError naming the first setting that differs.
/// Collective.
[[nodiscard]] Restart find_restart(MPI_Comm comm, const core::Settings& settings, const std::string& directory);

/// Sets options.checkpoint and options.checkpoint_due so that checkpoint.h5 in `directory` is written in the rhythm of
/// the settings. Both functions are collective over `comm`.
void keep_checkpoints(MPI_Comm comm, const core::Settings& settings, const std::string& directory,
                      study::EvolveOptions& options);

}  // namespace sgdflux::cli
