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

[[nodiscard]] bool is_sweep(const core::Settings& settings);

/// Splits a list of values at blanks outside brackets or, when it holds a lone '|', at those: values that have blanks.
[[nodiscard]] std::vector<std::string> sweep_values(const std::string& text);

/// All combinations, the last key varying fastest; without [sweep] the settings themselves.
[[nodiscard]] std::vector<SweepPoint> sweep_points(const core::Settings& settings);

/// Runs every point and writes report.json with "runs". A point that fails by its settings or has no answer is recorded
/// and the sweep goes on; when every point fails by its settings, nothing is written. Returns the first exit code that
/// is not 0.
/// @throws FileError, InternalError. Collective over the runs' communicator.
[[nodiscard]] core::ExitCode run_sweep(const Task& task, const core::Settings& settings,
                                       const std::vector<SweepPoint>& points, const std::vector<Run>& runs);

}  // namespace sgdflux::cli
