#include "help.hpp"

#include <nlohmann/json.hpp>

#include "known_keys.hpp"
#include "summary.hpp"

namespace sgdflux::cli {
namespace {

const char* const options =
    "Options\n"
    "  --section.key=value  one setting; stronger than the files, which count in their order\n"
    "  --dry-run            validate, print the resolved settings, run nothing\n"
    "  --help, -h           this text; after a command, its own\n"
    "  --version            version of the program\n"
    "  -- ...               options for PETSc\n";

const char* const exit_codes =
    "Exit codes\n"
    "  0 done, 1 settings, 2 not converged, 3 files, 4 internal, 5 the question has no answer as posed, 6 a validation "
    "disagrees\n";

/// Sections whose keys are not in the table of fixed keys.
std::string open_section(const std::string& section) {
  if (section == "parameters") {
    return "  NAME = number; formulas of other settings may use it";
  }
  if (section == "model") {
    return "  name = MODEL and its parameters; see sgdflux models and sgdflux describe MODEL";
  }
  if (section == "mesh") {
    return "  VARIABLE = MAP(lower, upper[, shape]) CELLS [BOUNDARY [BOUNDARY]], or auto CELLS";
  }
  if (section == "observe") {
    return "  NAME = formula; its mean is reported";
  }
  if (section == "evolve") {
    return "  schedule.PARAMETER = formula of t; a parameter of the model or a name of [parameters]";
  }
  if (section == "correlate") {
    return "  with model.rho = @file.csv or @file.csv:COLUMN (momentum-regression): sum over one problem per "
           "eigenvalue";
  }
  return section == "sweep" ? "  section.key = values, separated by blanks (by | when they hold blanks), or log(a, b) "
                              "n, linear(a, b) n: n "
                              "numbers; several keys: all combinations; results in dir/0001 ..."
                            : "";
}

std::string keys_text(const std::string& section) {
  const std::string open = open_section(section);
  std::vector<std::vector<std::string>> rows;
  for (const KeyInfo& info : known_keys()) {
    if (info.key.starts_with(section + ".")) {
      rows.push_back(
          {"  " + info.key.substr(section.size() + 1), info.standard.empty() ? "-" : info.standard, info.meaning});
    }
  }
  return "[" + section + "]\n" + (open.empty() ? "" : open + "\n") + aligned(rows);
}

}  // namespace

std::string help_text() {
  std::vector<std::vector<std::string>> rows;
  for (const Command& command : commands()) {
    rows.push_back({"  " + command.name + " " + command.operands, command.question});
  }
  return "sgdflux <command> [run.ini ...] [--section.key=value ...] [-- PETSc options]\n\nCommands\n" + aligned(rows) +
         "\n" + options + "\n" + exit_codes;
}

std::string help_text(const Command& command) {
  std::string text = "sgdflux " + command.name + (command.operands.empty() ? "" : " " + command.operands) +
                     (command.task == nullptr ? "" : " [--section.key=value ...] [-- PETSc options]") + "\n  " +
                     command.question + "\n\n";
  if (!command.sections.empty()) {
    text += "Settings (key, default, meaning)\n";
  }
  for (const std::string& section : command.sections) {
    text += keys_text(section);
  }
  return text + (command.sections.empty() ? "" : "\n") + options;
}

std::string version_text() {
  const nlohmann::json versions = io::provenance({}).at("versions");
  return "sgdflux " + versions.at("sgdflux").get<std::string>() + "\n";
}

}  // namespace sgdflux::cli
