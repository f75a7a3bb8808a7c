#include "sample_checkpoint.hpp"

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"

namespace sgdflux::cli {
namespace {

const std::string paths_group = "paths/";
const std::string half_group = "half/";

void put(const std::string& group, const sample::Checkpoint& checkpoint, io::CheckpointData& data) {
  data.numbers[group + "stage"] = checkpoint.stage;
  for (const auto& [name, array] : checkpoint.arrays) {
    data.arrays[group + name] = {array.data(), array.data() + array.size()};
    data.numbers[group + name + ".columns"] = static_cast<double>(array.cols());
  }
}

/// False where the group is absent.
bool take(const std::string& group, const io::CheckpointData& data, sample::Checkpoint& checkpoint) {
  const auto stage = data.numbers.find(group + "stage");
  if (stage == data.numbers.end()) {
    return false;
  }
  checkpoint.stage = static_cast<int>(stage->second);
  for (const auto& [path, values] : data.arrays) {
    if (!path.starts_with(group)) {
      continue;
    }
    const auto columns = data.numbers.find(path + ".columns");
    if (columns == data.numbers.end() || columns->second < 1) {
      throw core::FileError("the checkpoint has no shape for '" + path + "'");
    }
    const auto width = static_cast<Eigen::Index>(columns->second);
    const auto size = static_cast<Eigen::Index>(values.size());
    checkpoint.arrays[path.substr(group.size())] =
        Eigen::Map<const Eigen::ArrayXXd>(values.data(), size / width, width);
  }
  return true;
}

}  // namespace

std::shared_ptr<SampleRestart> find_sample_restart(MPI_Comm comm, const core::Settings& settings,
                                                   const std::string& directory) {
  const FoundCheckpoint found = find_checkpoint(comm, settings, "sample", directory);
  auto restart = std::make_shared<SampleRestart>();
  restart->file = found.file;
  restart->remark = found.remark;
  la::guard(comm, [&] {
    if (found.data) {
      restart->has_paths = take(paths_group, *found.data, restart->paths);
      restart->has_half = take(half_group, *found.data, restart->half);
      restart->stages = restart->paths.stage + restart->half.stage;
    }
  });
  return restart;
}

void keep_sample_checkpoints(MPI_Comm comm, const core::Settings& settings, const std::string& directory,
                             const std::shared_ptr<SampleRestart>& restart, study::SampleOptions& options) {
  options.hooks.resume = restart->has_paths ? &restart->paths : nullptr;
  options.half_hooks.resume = restart->has_half ? &restart->half : nullptr;
  if (!read_rhythm(settings, "sample").on) {
    return;
  }
  const auto writer = std::make_shared<CheckpointWriter>(comm, settings, "sample", directory);
  const auto done = std::make_shared<io::CheckpointData>();  // the paths, while those with half the step run
  if (restart->has_paths) {
    put(paths_group, restart->paths, *done);
  }
  options.hooks.due = options.half_hooks.due = [writer] { return writer->is_due(); };
  options.hooks.checkpoint = [writer, done](const sample::Checkpoint& checkpoint) {
    *done = {};
    put(paths_group, checkpoint, *done);
    writer->write(*done);
  };
  options.half_hooks.checkpoint = [writer, done](const sample::Checkpoint& checkpoint) {
    io::CheckpointData data = *done;
    put(half_group, checkpoint, data);
    writer->write(std::move(data));
  };
}

}  // namespace sgdflux::cli
