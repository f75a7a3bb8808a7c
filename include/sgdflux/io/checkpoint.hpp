#pragma once
/// Checkpoints: what a run that is cut off needs to go on (layout: docs/formats.md).
#include <map>
#include <string>
#include <vector>

namespace sgdflux::io {

/// What a checkpoint holds. `settings` say which run it belongs to.
struct CheckpointData {
  std::map<std::string, std::string> settings;
  std::map<std::string, double> numbers;
  std::map<std::string, std::vector<double>> arrays;  ///< names may have '/': groups
};

/// Writes `path` as HDF5 with a SHA-256 of its content, under a temporary name that is renamed when complete: whenever
/// the process is killed, `path` is the old or the new checkpoint, whole. For one rank. @throws FileError.
void write_checkpoint(const std::string& path, const CheckpointData& data);

/// Not collective: any rank may read by itself. @throws FileError naming file and defect: unreadable, no checkpoint,
/// another major version, incomplete, content that does not match its SHA-256.
[[nodiscard]] CheckpointData read_checkpoint(const std::string& path);

}  // namespace sgdflux::io
