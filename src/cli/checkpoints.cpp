#include "checkpoints.hpp"

#include <algorithm>
#include <filesystem>

#include "paths.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/provenance.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string path_in(const std::string& directory) { return (fs::path(directory) / "checkpoint.h5").string(); }

FoundCheckpoint read_found(const core::Settings& settings, const std::string& section, const std::string& file,
                           bool insist) {
  io::CheckpointData data = io::read_checkpoint(file);
  const std::string differs = difference(identity(settings, section), data.settings);
  const std::string key = section + ".restart";
  if (!differs.empty() && insist) {
    throw core::SettingsError(origin_of(settings, key) + key + ": checkpoint " + file +
                              " is of another run: " + differs);
  }
  if (!differs.empty()) {
    return {"", std::nullopt, "checkpoint " + file + " is of another run (" + differs + ") and was not used"};
  }
  return {file, std::move(data), ""};
}

}  // namespace

bool matters(const std::string& key) {
  static const std::vector<std::string> without{"evolve.restart",    "evolve.checkpoint", "sample.restart",
                                                "sample.checkpoint", "continue.restart",  "sample.width",
                                                "model.include"};
  return std::find(without.begin(), without.end(), key) == without.end();
}

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

CheckpointRhythm read_rhythm(const core::Settings& settings, const std::string& section) {
  const std::string key = section + ".checkpoint";
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

std::vector<std::pair<std::string, std::string>> identity(const core::Settings& settings, const std::string& section) {
  std::vector<std::pair<std::string, std::string>> all{{"model.name", settings.text("model.name", "")}};
  for (const std::string& part : {std::string("model"), std::string("parameters"), std::string("mesh"),
                                  std::string("scheme"), std::string("observe"), std::string("data"), section}) {
    for (const std::string& name : settings.keys(part)) {
      const std::string key = part + "." + name;
      const std::string file = file_named_by(key, settings.text(key, ""));
      if (matters(key) && key != "model.name" && (part != "data" || section == "sample")) {
        all.emplace_back(key, file.empty() ? settings.text(key, "") : "file of SHA-256 " + io::sha256_file(file));
      }
    }
  }
  return all;
}

FoundCheckpoint find_checkpoint(MPI_Comm comm, const core::Settings& settings, const std::string& section,
                                const std::string& directory) {
  const std::string mode = settings.text(section + ".restart", "auto");
  const bool own = mode == "auto" || mode == "on";
  FoundCheckpoint found;
  la::guard(comm, [&] {
    const std::string file = own ? path_in(directory) : mode;
    if (mode != "off" && (mode != "auto" || fs::exists(file))) {
      found = read_found(settings, section, file, mode != "auto");
    }
  });
  return found;
}

CheckpointWriter::CheckpointWriter(MPI_Comm comm, const core::Settings& settings, const std::string& section,
                                   const std::string& directory)
    : comm_(comm), rhythm_(read_rhythm(settings, section)), file_(path_in(directory)) {
  for (const auto& [key, value] : identity(settings, section)) {
    identity_[key] = value;
  }
}

void CheckpointWriter::write(io::CheckpointData data) {
  data.settings = identity_;
  la::guard(comm_, [&] {
    if (la::rank(comm_) == 0) {
      io::write_checkpoint(file_, data);
    }
  });
  last_ = Clock::now();
  outputs_ = 0;
}

bool CheckpointWriter::is_due() {
  ++outputs_;
  const std::chrono::duration<double> passed = Clock::now() - last_;
  int due = passed.count() >= rhythm_.seconds && outputs_ >= rhythm_.outputs ? 1 : 0;
  MPI_Bcast(&due, 1, MPI_INT, 0, comm_);
  return due != 0;
}

void remove_checkpoint(MPI_Comm comm, const std::string& directory) {
  if (la::rank(comm) == 0) {
    std::error_code absent;
    fs::remove(path_in(directory), absent);
    fs::remove(path_in(directory) + ".part", absent);
  }
}

}  // namespace sgdflux::cli
