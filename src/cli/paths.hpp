#pragma once
/// Settings that name files: relative to the file that names them, on disk; from the current directory, in the program.
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// The file that `value` of `key` names, or "" when it names none: data.file, mesh.file, model.rho = @file[:column],
/// evolve.restart, and evolve.initial where it ends in .h5 or exists. Paths are relative to `directory`.
[[nodiscard]] std::string file_named_by(const std::string& key, const std::string& value,
                                        const std::string& directory = "");

/// Every file that settings name as an input; a checkpoint is a stage of the run, not an input.
[[nodiscard]] std::vector<std::string> input_files(const core::Settings& settings);

/// `path`, relative to `directory` unless absolute, as a path from the current directory.
[[nodiscard]] std::string path_from(const std::string& directory, const std::string& path);

/// `value` of `key` as written in a file of `directory`, with the files that it names as paths from the current
/// directory.
[[nodiscard]] std::string value_from(const std::string& directory, const std::string& key, const std::string& value);

/// The inverse for all settings: paths as a file inside `directory` has to write them.
[[nodiscard]] core::Settings written_in(const std::string& directory, const core::Settings& settings);

}  // namespace sgdflux::cli
