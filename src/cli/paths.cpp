#include "paths.hpp"

#include <filesystem>
#include <functional>
#include <sstream>

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;

std::string convert(const std::string& key, const std::string& value,
                    const std::function<std::string(const std::string&)>& path) {
  if (key.starts_with("sweep.")) {
    std::istringstream words(value);
    std::string converted;
    bool any = false;
    for (std::string word; words >> word;) {
      any = any || !file_named_by(key.substr(6), word).empty();
      converted += (converted.empty() ? "" : " ") + convert(key.substr(6), word, path);
    }
    return any ? converted : value;
  }
  const std::string file = file_named_by(key, value);
  return file.empty() ? value : value.substr(0, value.size() - file.size()) + path(file);
}

}  // namespace

std::string file_named_by(const std::string& key, const std::string& value) {
  if (key == "data.file" || key == "mesh.file") {
    return value;
  }
  return key.starts_with("model.") && value.starts_with('@') ? value.substr(1) : "";
}

std::string path_from(const std::string& directory, const std::string& path) {
  return (fs::path(directory) / path).lexically_normal().string();
}

std::string value_from(const std::string& directory, const std::string& key, const std::string& value) {
  return convert(key, value, [&](const std::string& file) { return path_from(directory, file); });
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
      written.set(key, convert(key, setting.value, relative), setting.origin);
    }
  }
  return written;
}

}  // namespace sgdflux::cli
