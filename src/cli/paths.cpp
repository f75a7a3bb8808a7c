#include "paths.hpp"

#include <filesystem>
#include <functional>
#include <sstream>

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;

/// `value` with the file that it names replaced by `path` of it.
std::string convert(const std::string& key, const std::string& value, const std::string& directory,
                    const std::function<std::string(const std::string&)>& path) {
  if (key.starts_with("sweep.")) {
    std::istringstream words(value);
    std::string converted;
    bool any = false;
    for (std::string word; words >> word;) {
      any = any || !file_named_by(key.substr(6), word, directory).empty();
      converted += (converted.empty() ? "" : " ") + convert(key.substr(6), word, directory, path);
    }
    return any ? converted : value;
  }
  const std::string file = file_named_by(key, value, directory);
  const auto begin = value.find(file);
  return file.empty() ? value : value.substr(0, begin) + path(file) + value.substr(begin + file.size());
}

/// FILE of "@FILE" or "@FILE:COLUMN".
std::string file_of_column(const std::string& value) {
  const auto colon = value.rfind(':');
  const auto slash = value.rfind('/');
  const bool column = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return value.substr(1, column ? colon - 1 : std::string::npos);
}

/// What is neither a point nor a file is a formula.
bool is_initial_file(const std::string& value, const std::string& directory) {
  std::error_code unreadable;  // what cannot be looked at is no file to read from
  return !value.starts_with("point(") &&
         (value.ends_with(".h5") || fs::is_regular_file(path_from(directory, value), unreadable));
}

}  // namespace

std::string file_named_by(const std::string& key, const std::string& value, const std::string& directory) {
  if (key == "data.file" || key == "mesh.file") {
    return value;
  }
  if (key == "evolve.initial" || key == "stationary.start") {
    return is_initial_file(value, directory) ? value : "";
  }
  if (key == "evolve.restart" || key == "sample.restart") {
    return value == "auto" || value == "on" || value == "off" ? "" : value;
  }
  return key.starts_with("model.") && value.starts_with('@') ? file_of_column(value) : "";
}

std::vector<std::string> input_files(const core::Settings& settings) {
  std::vector<std::string> files;
  for (const std::string& section : settings.sections()) {
    for (const std::string& name : settings.keys(section)) {
      const std::string key = section + "." + name;
      const std::string file = file_named_by(key, settings.find(key)->value);
      if (!file.empty() && key != "evolve.restart" && key != "sample.restart") {
        files.push_back(file);
      }
    }
  }
  return files;
}

std::string path_from(const std::string& directory, const std::string& path) {
  return (fs::path(directory) / path).lexically_normal().string();
}

std::string value_from(const std::string& directory, const std::string& key, const std::string& value) {
  return convert(key, value, directory, [&](const std::string& file) { return path_from(directory, file); });
}

core::Settings written_in(const std::string& directory, const core::Settings& settings) {
  core::Settings written = settings;
  const auto relative = [&](const std::string& file) {
    return fs::path(file).is_absolute() ? file : fs::proximate(file, directory).string();
  };
  for (const std::string& section : settings.sections()) {
    for (const std::string& name : settings.keys(section)) {
      const std::string key = section + "." + name;
      const core::Setting& setting = *settings.find(key);
      written.set(key, convert(key, setting.value, "", relative), setting.origin);
    }
  }
  return written;
}

}  // namespace sgdflux::cli
