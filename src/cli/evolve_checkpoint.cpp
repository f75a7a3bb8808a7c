#include "evolve_checkpoint.hpp"

#include <memory>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"

namespace sgdflux::cli {
namespace {

using Recorded = std::map<std::string, std::vector<double>>;

std::vector<double> to_vector(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

Eigen::ArrayXd to_array(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

void put(const std::string& group, const Recorded& recorded, io::CheckpointData& data) {
  for (const auto& [name, values] : recorded) {
    data.arrays[group + name] = values;
  }
}

Recorded taken(const std::string& group, const io::CheckpointData& data) {
  Recorded recorded;
  for (const auto& [path, values] : data.arrays) {
    if (path.starts_with(group)) {
      recorded[path.substr(group.size())] = values;
    }
  }
  return recorded;
}

io::CheckpointData packed(const study::EvolveCheckpoint& checkpoint) {
  io::CheckpointData data;
  data.numbers = {{"outputs", checkpoint.outputs}, {"step", checkpoint.step}, {"coarse_step", checkpoint.coarse_step}};
  data.arrays = {{"density", to_vector(checkpoint.density)}, {"coarse_density", to_vector(checkpoint.coarse_density)}};
  for (const auto& [position, density] : checkpoint.snapshots) {
    data.arrays["snapshot/" + std::to_string(position)] = to_vector(density);
  }
  put("fine/", checkpoint.fine, data);
  put("coarse/", checkpoint.coarse, data);
  return data;
}

template <class Map>
const typename Map::mapped_type& part(const Map& map, const std::string& name, const std::string& file) {
  const auto at = map.find(name);
  if (at == map.end()) {
    throw core::FileError("file " + file + ": the checkpoint has no '" + name + "'");
  }
  return at->second;
}

study::EvolveCheckpoint unpacked(const io::CheckpointData& data, const std::string& file) {
  study::EvolveCheckpoint checkpoint;
  checkpoint.outputs = static_cast<int>(part(data.numbers, "outputs", file));
  checkpoint.step = part(data.numbers, "step", file);
  checkpoint.coarse_step = part(data.numbers, "coarse_step", file);
  checkpoint.density = to_array(part(data.arrays, "density", file));
  checkpoint.coarse_density = to_array(part(data.arrays, "coarse_density", file));
  for (const auto& [position, density] : taken("snapshot/", data)) {
    checkpoint.snapshots[std::stoi(position)] = to_array(density);
  }
  checkpoint.fine = taken("fine/", data);
  checkpoint.coarse = taken("coarse/", data);
  return checkpoint;
}

}  // namespace

Restart find_restart(MPI_Comm comm, const core::Settings& settings, const std::string& directory) {
  const FoundCheckpoint found = find_checkpoint(comm, settings, "evolve", directory);
  Restart restart{found.file, std::nullopt, found.remark};
  la::guard(comm, [&] {
    if (found.data) {
      restart.from = unpacked(*found.data, found.file);
    }
  });
  return restart;
}

void keep_checkpoints(MPI_Comm comm, const core::Settings& settings, const std::string& directory,
                      study::EvolveOptions& options) {
  if (read_rhythm(settings, "evolve").on) {
    const auto writer = std::make_shared<CheckpointWriter>(comm, settings, "evolve", directory);
    options.checkpoint = [writer](const study::EvolveCheckpoint& checkpoint) { writer->write(packed(checkpoint)); };
    options.checkpoint_due = [writer] { return writer->is_due(); };
  }
}

}  // namespace sgdflux::cli
