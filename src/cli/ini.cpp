#include "ini.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>

#include "paths.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/files.hpp"

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;

struct Line {
  std::string key;  // in full
  std::string value;
  std::string origin;
};

/// Where the reader is: the files being included, outermost first, and what it fills.
struct Reader {
  core::Settings& settings;
  std::vector<std::string>& inputs;
  std::vector<fs::path> open;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\f\v");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\f\v") - first + 1);
}

bool is_key(const std::string& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
  });
}

std::string section_name(const std::string& line, const std::string& origin) {
  const std::string name = line.back() == ']' ? trimmed(line.substr(1, line.size() - 2)) : "";
  if (!is_key(name) || name.find('.') != std::string::npos) {
    throw core::SettingsError(origin + ": a section is written [name] alone on its line, found '" + line + "'");
  }
  return name;
}

Line key_and_value(const std::string& line, const std::string& section, const std::string& origin) {
  const auto equals = line.find('=');
  const std::string key = trimmed(line.substr(0, equals));
  if (equals == std::string::npos || !is_key(key)) {
    throw core::SettingsError(origin + ": expected [section] or key = value, found '" + line + "'");
  }
  const std::string value = trimmed(line.substr(equals + 1));
  if (value.empty()) {
    throw core::SettingsError(origin + ": key '" + key + "' has no value");
  }
  if (section.empty() && key != "include" && key.find('.') == std::string::npos) {
    throw core::SettingsError(origin + ": key '" + key + "' stands before the first [section]");
  }
  return {section.empty() ? key : section + "." + key, value, origin};
}

std::vector<Line> parse(const std::string& text, const std::string& file, std::string section) {
  std::vector<Line> lines;
  std::istringstream stream(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
  std::string raw;
  for (int number = 1; std::getline(stream, raw); ++number) {
    const std::string line = trimmed(raw.substr(0, raw.find('#')));
    const std::string origin = file + ":" + std::to_string(number);
    if (line.empty()) {
      continue;
    }
    if (line.front() == '[') {
      section = section_name(line, origin);
    } else {
      lines.push_back(key_and_value(line, section, origin));
    }
  }
  return lines;
}

bool is_include(const Line& line) { return line.key == "include" || line.key.ends_with(".include"); }

void read_file(Reader& reader, const std::string& file, const std::string& section, const std::string& origin);

void apply(Reader& reader, const std::vector<Line>& lines, const std::string& directory) {
  for (const Line& line : lines) {
    if (is_include(line)) {
      const auto dot = line.key.rfind('.');
      read_file(reader, path_from(directory, line.value), dot == std::string::npos ? "" : line.key.substr(0, dot),
                line.origin);
    }
  }
  for (const Line& line : lines) {
    if (!is_include(line)) {
      reader.settings.set(line.key, value_from(directory, line.key, line.value), line.origin);
    }
  }
}

void read_file(Reader& reader, const std::string& file, const std::string& section, const std::string& origin) {
  const std::string named_by = origin.empty() ? "" : origin + ": ";
  std::error_code ignored;  // a path that cannot be resolved cannot be read either, which read_text reports
  const fs::path identity = fs::weakly_canonical(file, ignored);
  if (std::find(reader.open.begin(), reader.open.end(), identity) != reader.open.end()) {
    throw core::SettingsError(named_by + "'" + file + "' includes itself");
  }
  std::string text;
  try {
    text = io::read_text(file);
  } catch (const core::FileError& error) {
    throw core::FileError(named_by + error.what());
  }
  reader.inputs.push_back(file);
  reader.open.push_back(identity);
  apply(reader, parse(text, file, section), fs::path(file).parent_path().string());
  reader.open.pop_back();
}

}  // namespace

void read_ini(const std::string& file, core::Settings& settings, std::vector<std::string>& inputs) {
  Reader reader{settings, inputs, {}};
  read_file(reader, file, "", "");
}

void read_words(const std::vector<std::pair<std::string, std::string>>& words, core::Settings& settings,
                std::vector<std::string>& inputs) {
  Reader reader{settings, inputs, {}};
  std::vector<Line> lines;
  for (const auto& [key, value] : words) {
    lines.push_back({key, value, "command line"});
  }
  apply(reader, lines, "");
}

std::string ini_text(const core::Settings& settings, const std::map<std::string, std::string>& notes) {
  std::ostringstream text;
  for (const std::string& section : settings.sections()) {
    text << (text.tellp() > 0 ? "\n" : "") << '[' << section << "]\n";
    for (const std::string& key : settings.keys(section)) {
      const std::string full = section + "." + key;
      const auto note = notes.find(full);
      text << key << " = " << settings.find(full)->value << (note == notes.end() ? "" : "  # " + note->second) << '\n';
    }
  }
  return text.str();
}

}  // namespace sgdflux::cli
