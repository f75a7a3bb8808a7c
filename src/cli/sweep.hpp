#pragma once
/// [sweep]: one command over several values of one or more settings.
#include <string>
#include <utility>
#include <vector>

#include "run.hpp"

namespace sgdflux::cli {

/// One combination: the values varied and the settings with them, output.dir being dir/0001 ….
struct SweepPoint {
  std::vector<std::pair<std::string, std::string>> varied;  ///< full key, value
  core::Settings settings;
};

/// Whether [sweep] varies anything; its words `groups` and `restart` do not.
[[nodiscard]] bool is_sweep(const core::Settings& settings);

/// Whether these are the settings of one point of a sweep.
[[nodiscard]] bool is_sweep_point(const core::Settings& settings);

/// Splits a list of values at blanks outside brackets or, when it holds a lone '|', at those: values that have blanks.
[[nodiscard]] std::vector<std::string> sweep_values(const std::string& text);

/// "0001" for the first point: the name of its folder.
[[nodiscard]] std::string numbered(std::size_t index);

/// All combinations, the last key varying fastest; without [sweep] the settings themselves. Values are a list, or
/// log(a, b) n and linear(a, b) n for keys that hold no such list themselves.
/// @throws SettingsError for a range that is none and for more than 100 000 points.
[[nodiscard]] std::vector<SweepPoint> sweep_points(const core::Settings& settings);

/// sweep.groups: how many groups of ranks compute points side by side; auto: as many as there are ranks or points.
/// @throws SettingsError naming key, value and range.
[[nodiscard]] int sweep_groups(const core::Settings& settings, int ranks, std::size_t points);

/// Runs every point over groups of ranks and writes report.json with "runs". Points that an earlier run of the same
/// sweep has finished are taken over (sweep.restart). A point that fails by its settings or has no answer is recorded
/// and the sweep goes on; when every point fails by its settings, nothing is written. Returns the first exit code that
/// is not 0, in the order of the points.
/// @throws FileError, InternalError; SettingsError for a folder of another sweep where sweep.restart insists.
/// Collective over the runs' communicator.
[[nodiscard]] core::ExitCode run_sweep(const Task& task, const core::Settings& settings,
                                       const std::vector<SweepPoint>& points, const std::vector<Run>& runs);

}  // namespace sgdflux::cli
