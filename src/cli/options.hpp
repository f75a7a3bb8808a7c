#pragma once
/// The command line: sgdflux <command> [operands] [--section.key=value …] [--help] [--version] [--dry-run] [-- PETSc
/// options].
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::cli {

struct CommandLine {
  std::vector<std::string> words;     ///< all of them, as typed
  std::string command;                ///< empty when none was given
  std::vector<std::string> operands;  ///< what follows the command without leading --: files, a model's name
  std::vector<std::pair<std::string, std::string>> settings;  ///< --section.key=value, in order
  bool help = false;
  bool version = false;
  bool dry_run = false;
  std::vector<std::string> petsc;  ///< after --
  /// What is wrong with the command line. Kept instead of thrown because only after MPI is up can it be said once.
  std::optional<core::SettingsError> defect;
};

/// Options are never guessed from abbreviations. Does not throw for wrong words, see `defect`.
[[nodiscard]] CommandLine parse_command_line(const std::vector<std::string>& words);

}  // namespace sgdflux::cli
