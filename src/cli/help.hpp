#pragma once
/// --help and --version, generated from the tables of commands and keys.
#include <string>

#include "commands.hpp"

namespace sgdflux::cli {

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string help_text(const Command& command);
[[nodiscard]] std::string version_text();

}  // namespace sgdflux::cli
