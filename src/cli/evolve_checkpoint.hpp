#pragma once
/// Checkpoints of `evolve`: checkpoint.h5 in the folder of the run.
#include <mpi.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/study/evolve.hpp"

namespace sgdflux::cli {

/// How often checkpoints are written: both must have passed since the last one.
struct CheckpointRhythm {
  bool on = true;
  double seconds = 2;
  int outputs = 1;
};

/// evolve.checkpoint: auto | off | minutes | every N. @throws SettingsError
[[nodiscard]] CheckpointRhythm read_rhythm(const core::Settings& settings);

/// The settings that the numbers of a run depend on, in the order in which differences are named; an initial file by
/// its content. @throws FileError
[[nodiscard]] std::vector<std::pair<std::string, std::string>> identity(const core::Settings& settings);

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

/// The run is finished. Collective.
void remove_checkpoint(MPI_Comm comm, const std::string& directory);

}  // namespace sgdflux::cli
