#include "evolve_checkpoint.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

#include "paths.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/checkpoint.hpp"
#include "sgdflux/io/provenance.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Recorded = std::map<std::string, std::vector<double>>;

std::string path_in(const std::string& directory) { return (fs::path(directory) / "checkpoint.h5").string(); }

/// When and where to write changes no number.
bool matters(const std::string& key) {
  return key != "evolve.restart" && key != "evolve.checkpoint" && key != "model.include";
}

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

io::CheckpointData packed(const std::vector<std::pair<std::string, std::string>>& settings,
                          const study::EvolveCheckpoint& checkpoint) {
  io::CheckpointData data{{settings.begin(), settings.end()}, {}, {}};
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

/// "model.T = 0.2 there, 0.3 here" for the first setting that differs, or "".
std::string difference(const std::vector<std::pair<std::string, std::string>>& here,
                       const std::map<std::string, std::string>& there) {
  const std::map<std::string, std::string> own(here.begin(), here.end());
  for (const auto& [key, value] : here) {
    const auto other = there.find(key);
    if (other == there.end() || other->second != value) {
      return key + " = " + (other == there.end() ? "(not given)" : other->second) + " there, " + value + " here";
    }
  }
  for (const auto& [key, value] : there) {
    if (!own.contains(key)) {
      return key + " = " + value + " there, (not given) here";
    }
  }
  return "";
}

Restart read_restart(const core::Settings& settings, const std::string& file, bool insist) {
  const io::CheckpointData data = io::read_checkpoint(file);
  const std::string differs = difference(identity(settings), data.settings);
  if (!differs.empty() && insist) {
    throw core::SettingsError(origin_of(settings, "evolve.restart") + "evolve.restart: checkpoint " + file +
                              " is of another run: " + differs);
  }
  if (!differs.empty()) {
    return {"", std::nullopt, "checkpoint " + file + " is of another run (" + differs + ") and was not used"};
  }
  return {file, unpacked(data, file), ""};
}

/// Counts what has passed since the last checkpoint.
class Writer {
 public:
  Writer(MPI_Comm comm, const core::Settings& settings, std::string file)
      : comm_(comm), identity_(identity(settings)), rhythm_(read_rhythm(settings)), file_(std::move(file)) {}

  void write(const study::EvolveCheckpoint& checkpoint) {
    la::guard(comm_, [&] {
      if (la::rank(comm_) == 0) {
        io::write_checkpoint(file_, packed(identity_, checkpoint));
      }
    });
    last_ = Clock::now();
    outputs_ = 0;
  }

  /// Asked after every output; the clock of rank 0 counts.
  [[nodiscard]] bool is_due() {
    ++outputs_;
    const std::chrono::duration<double> passed = Clock::now() - last_;
    int due = passed.count() >= rhythm_.seconds && outputs_ >= rhythm_.outputs ? 1 : 0;
    MPI_Bcast(&due, 1, MPI_INT, 0, comm_);
    return due != 0;
  }

 private:
  MPI_Comm comm_;
  std::vector<std::pair<std::string, std::string>> identity_;
  CheckpointRhythm rhythm_;
  std::string file_;
  Clock::time_point last_ = Clock::now();
  int outputs_ = 0;  // since the last checkpoint
};

}  // namespace

CheckpointRhythm read_rhythm(const core::Settings& settings) {
  const std::string key = "evolve.checkpoint";
  const std::vector<std::string> words = settings.words(key);
  if (words.empty() || words == std::vector<std::string>{"auto"}) {
    return {};
  }
  if (words == std::vector<std::string>{"off"}) {
    return {false, 0, 1};
  }
  if (words.front() != "every") {
    return {true, 60 * settings.real(key, 0, {.lower = 0}), 1};
  }
  if (words.size() != 2) {
    fail_setting(settings, key, "write every N, for every N outputs");
  }
  core::Settings inner = settings;
  inner.set(key, words[1], settings.find(key)->origin);
  return {true, 0, static_cast<int>(inner.integer(key, 1, {.lower = 1, .upper = 1e9}))};
}

std::vector<std::pair<std::string, std::string>> identity(const core::Settings& settings) {
  std::vector<std::pair<std::string, std::string>> all{{"model.name", settings.text("model.name", "")}};
  for (const std::string section : {"model", "parameters", "mesh", "scheme", "observe", "evolve"}) {
    for (const std::string& name : settings.keys(section)) {
      const std::string key = section + "." + name;
      const std::string file = file_named_by(key, settings.text(key, ""));
      if (matters(key) && key != "model.name") {
        all.emplace_back(key, file.empty() ? settings.text(key, "") : "file of SHA-256 " + io::sha256_file(file));
      }
    }
  }
  return all;
}

Restart find_restart(MPI_Comm comm, const core::Settings& settings, const std::string& directory) {
  const std::string mode = settings.text("evolve.restart", "auto");
  const bool own = mode == "auto" || mode == "on";
  Restart restart;
  la::guard(comm, [&] {
    const std::string file = own ? path_in(directory) : mode;
    if (mode != "off" && (mode != "auto" || fs::exists(file))) {
      restart = read_restart(settings, file, mode != "auto");
    }
  });
  return restart;
}

void keep_checkpoints(MPI_Comm comm, const core::Settings& settings, const std::string& directory,
                      study::EvolveOptions& options) {
  if (read_rhythm(settings).on) {
    const auto writer = std::make_shared<Writer>(comm, settings, path_in(directory));
    options.checkpoint = [writer](const study::EvolveCheckpoint& checkpoint) { writer->write(checkpoint); };
    options.checkpoint_due = [writer] { return writer->is_due(); };
  }
}

void remove_checkpoint(MPI_Comm comm, const std::string& directory) {
  if (la::rank(comm) == 0) {
    std::error_code absent;
    fs::remove(path_in(directory), absent);
    fs::remove(path_in(directory) + ".part", absent);
  }
}

}  // namespace sgdflux::cli
