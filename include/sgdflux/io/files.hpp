#pragma once
/// Files and folders: written under a temporary name, then renamed, so that partial output never looks complete.
#include <string>
#include <vector>

namespace sgdflux::io {

/// Creates `directory` and its parents and checks that it can be written to. @throws FileError.
void prepare_directory(const std::string& directory);
/// Writes `text` to `path` atomically. @throws FileError.
void write_text(const std::string& path, const std::string& text);
/// Columns of equal length as CSV with a header line, 17 digits. @throws FileError.
void write_csv(const std::string& path, const std::vector<std::string>& names,
               const std::vector<std::vector<double>>& columns);
/// Whole file. @throws FileError.
[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace sgdflux::io
