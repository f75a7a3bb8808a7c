#pragma once
/// The folder of a branch: every accepted point on disk at once, and what a run needs to go on (docs/formats.md).
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "output.hpp"
#include "sgdflux/continuation/branch.hpp"
#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// study.json and points/NNNN.h5. All members are collective; rank 0 writes study.json under a temporary name.
class StudyFolder {
 public:
  /// Options of PETSc in the command line belong to the study, too.
  StudyFolder(MPI_Comm comm, const core::Settings& settings, const std::vector<std::string>& command_line,
              OutputDirectory& directory);

  /// What an earlier run of the same study left, by continue.restart: auto goes on with it, on insists, off begins
  /// anew. A point of a sweep begins anew, too, where auto finds another study. @throws SettingsError naming the first
  /// setting that makes it another study; FileError for a damaged file or another version.
  [[nodiscard]] continuation::Branch load();
  /// Whether load() found a study that ended as these settings ask: nothing is left to do.
  [[nodiscard]] bool finished() const { return finished_; }
  /// Why the study of an earlier sweep was not used; mostly empty.
  [[nodiscard]] const std::string& note() const { return note_; }
  /// How many points load() found.
  [[nodiscard]] std::size_t found() const { return found_; }

  void save(const continuation::Branch& so_far, const continuation::Point& accepted);
  void save(const continuation::Branch& ended);

  /// {lines, crossings} of this branch and these [lines]; null when they are still to be traced.
  [[nodiscard]] const nlohmann::ordered_json& lines() const { return lines_; }
  void save_lines(const continuation::Branch& ended, nlohmann::ordered_json traced);

  /// Points in the order of the branch, as in report.json.
  [[nodiscard]] nlohmann::ordered_json points(const continuation::Branch& branch) const;
  /// Record of the last point.
  [[nodiscard]] const nlohmann::ordered_json& last(const continuation::Branch& branch) const;

 private:
  [[nodiscard]] continuation::Branch read(const std::string& file);
  [[nodiscard]] continuation::Branch read_or_discard(const std::string& file);
  void discard(const std::string& file) const;
  void require_onward(const continuation::Branch& branch) const;
  [[nodiscard]] nlohmann::ordered_json records(const continuation::Branch& branch) const;
  void write_density(const continuation::Point& accepted);

  MPI_Comm comm_;
  const core::Settings& settings_;
  std::map<std::string, std::string> identity_;
  OutputDirectory& directory_;
  std::map<int, nlohmann::ordered_json> records_;  // by number
  nlohmann::ordered_json lines_;
  std::string note_;
  bool finished_ = false;
  std::size_t found_ = 0;
};

}  // namespace sgdflux::cli
