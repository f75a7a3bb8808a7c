#pragma once
/// What all commands that can be interrupted share: whose checkpoint a file is, how often one is written, where it
/// lies.
#include <mpi.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/io/checkpoint.hpp"

namespace sgdflux::cli {

/// How often checkpoints are written: both must have passed since the last one.
struct CheckpointRhythm {
  bool on = true;
  double seconds = 2;
  int outputs = 1;
};

/// <section>.checkpoint: auto | off | minutes | every N. @throws SettingsError
[[nodiscard]] CheckpointRhythm read_rhythm(const core::Settings& settings, const std::string& section);

/// Whether numbers may depend on a setting: when and where to write does not, nor how many paths are carried together.
[[nodiscard]] bool matters(const std::string& key);

/// "model.T = 0.2 there, 0.3 here" for the first setting that differs, or "".
[[nodiscard]] std::string difference(const std::vector<std::pair<std::string, std::string>>& here,
                                     const std::map<std::string, std::string>& there);

/// The settings that the numbers of a run depend on, in the order in which differences are named; files by their
/// content. @throws FileError
[[nodiscard]] std::vector<std::pair<std::string, std::string>> identity(const core::Settings& settings,
                                                                        const std::string& section);

/// What was found of an earlier run.
struct FoundCheckpoint {
  std::string file;  ///< that is gone on from, or ""
  std::optional<io::CheckpointData> data;
  std::string remark;  ///< why a checkpoint that was found is not used
};

/// By <section>.restart: auto uses checkpoint.h5 of `directory` where there is one that fits; `on` and a path insist.
/// @throws FileError: unreadable, damaged, another version; SettingsError naming the first setting that differs.
/// Collective.
[[nodiscard]] FoundCheckpoint find_checkpoint(MPI_Comm comm, const core::Settings& settings, const std::string& section,
                                              const std::string& directory);

/// Writes checkpoint.h5 of `directory` in the rhythm of the settings. All members are collective over `comm`.
class CheckpointWriter {
 public:
  CheckpointWriter(MPI_Comm comm, const core::Settings& settings, const std::string& section,
                   const std::string& directory);
  /// Completes `data` by the identity of the run.
  void write(io::CheckpointData data);
  /// Asked after every output; the clock of rank 0 counts.
  [[nodiscard]] bool is_due();

 private:
  MPI_Comm comm_;
  std::map<std::string, std::string> identity_;
  CheckpointRhythm rhythm_;
  std::string file_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  int outputs_ = 0;  ///< since the last checkpoint
};

/// The run is finished. Collective.
void remove_checkpoint(MPI_Comm comm, const std::string& directory);

}  // namespace sgdflux::cli
