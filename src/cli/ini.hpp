#pragma once
/// Settings files. Boost's INI reader cannot name the line of an error, keeps the first of repeated keys and knows no
/// includes (Boost 1.74), so this is a reader of our own:
///   [section]      alone on its line          key = value    up to `#`, which starts a comment; `;` does not
///   include = FILE in any section: bare lines of FILE belong to that section; FILE is relative to the file that names
///   it
/// The last line wins; what is included is weaker than the including file's own lines. A byte-order mark and CR LF are
/// tolerated. Before the first section, keys are written in full (model.T = 0.2).
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// Adds the settings of `file` and of what it includes to `settings`, replacing earlier ones, and every file read to
/// `inputs`. Values that name files become paths from the current directory.
/// @throws FileError for a file that cannot be read, SettingsError naming file and line for a malformed line or a
/// cycle.
void read_ini(const std::string& file, core::Settings& settings, std::vector<std::string>& inputs);

/// The same for the key = value pairs of the command line, which may include files as well.
void read_words(const std::vector<std::pair<std::string, std::string>>& words, core::Settings& settings,
                std::vector<std::string>& inputs);

/// Settings as a file that read_ini reads back; notes[key] follows its line as a comment.
[[nodiscard]] std::string ini_text(const core::Settings& settings,
                                   const std::map<std::string, std::string>& notes = {});

}  // namespace sgdflux::cli
