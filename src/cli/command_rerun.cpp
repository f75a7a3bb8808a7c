/// `rerun REPORT`: the settings of a report, run again.
#include <nlohmann/json.hpp>

#include <filesystem>

#include "commands.hpp"
#include "ini.hpp"
#include "paths.hpp"
#include "report.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;

void take_settings(const nlohmann::ordered_json& report, const std::string& file, core::Settings& settings) {
  const std::string directory = fs::path(file).parent_path().string();
  for (const auto& [key, value] : report["settings"].items()) {
    if (!value.is_string()) {
      throw core::FileError("'" + file + "': setting '" + key + "' is no text");
    }
    settings.set(key, value_from(directory, key, value.get<std::string>()), file + ": settings");
  }
}

}  // namespace

core::ExitCode rerun_report(const CommandLine& line, MPI_Comm comm) {
  if (line.operands.empty()) {
    throw core::SettingsError("usage: sgdflux rerun REPORT [more.ini ...] [--section.key=value ...]");
  }
  const std::string& file = line.operands.front();
  const nlohmann::ordered_json report = read_report(file);
  const Command& command = find_command(report["command"].get<std::string>());
  if (command.task == nullptr) {
    throw core::FileError("'" + file + "': command '" + command.name + "' leaves no report to repeat");
  }
  Request request;
  request.inputs.push_back(file);
  take_settings(report, file, request.settings);
  if (is_sweep(request.settings)) {
    request.settings.set("sweep.restart", "off", "rerun");  // what an earlier repetition has left is no repetition
  }
  request.settings.set("output.dir", request.settings.text("output.dir", "runs/" + command.name) + "-rerun", "rerun");
  for (std::size_t i = 1; i < line.operands.size(); ++i) {
    read_ini(line.operands[i], request.settings, request.inputs);
  }
  read_words(line.settings, request.settings, request.inputs);
  return execute(*command.task, request, line, comm);
}

}  // namespace sgdflux::cli
