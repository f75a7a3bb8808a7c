#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::mesh {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Collects the axes of one file line by line.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void read_line(std::string text) {
    ++line_;
    if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) {
      text.erase(0, 3);
    }
    text = trimmed(text.substr(0, text.find('#')));
    if (text.empty()) {
      return;
    }
    if (text.front() == '[') {
      check_section(text);
    } else {
      read_axis(text);
    }
  }

  std::vector<AxisSpec> result() const {
    if (axes_.empty()) {
      throw core::FileError(file_ + ": no axis in this mesh file, expected lines such as x = linear(-1, 1) 100");
    }
    return axes_;
  }

 private:
  [[nodiscard]] std::string here() const { return file_ + ":" + std::to_string(line_) + ": "; }
  [[noreturn]] void fail(const std::string& why) const { throw core::FileError(here() + why); }

  void check_section(const std::string& text) const {
    if (text != "[mesh]") {
      fail("section " + text + " in a mesh file, allowed is [mesh] only");
    }
    if (!axes_.empty()) {
      fail("[mesh] must come before the first axis");
    }
  }

  void read_axis(const std::string& text) {
    const auto equals = text.find('=');
    const auto name = trimmed(text.substr(0, equals));
    if (equals == std::string::npos || !core::is_identifier(name)) {
      fail("'" + text + "' is no line of the form variable = MAP(lower, upper[, shape]) CELLS [BOUNDARY [BOUNDARY]]");
    }
    if (std::any_of(axes_.begin(), axes_.end(), [&](const AxisSpec& axis) { return axis.name == name; })) {
      fail("axis '" + name + "' is given twice");
    }
    try {
      axes_.push_back(parse_axis(name, text.substr(equals + 1)));
    } catch (const core::SettingsError& error) {
      throw core::SettingsError(here() + error.what());
    }
  }

  std::string file_;
  int line_ = 0;
  std::vector<AxisSpec> axes_;
};

}  // namespace

std::vector<AxisSpec> read_mesh_file(const std::string& file) {
  errno = 0;
  std::ifstream stream(file);
  Reader reader(file);
  std::string text;
  while (std::getline(stream, text)) {
    reader.read_line(text);
  }
  if (!stream.eof()) {  // could not be opened, or stopped early as a folder does
    throw core::FileError("mesh file " + file + " cannot be read: " + std::strerror(errno));
  }
  return reader.result();
}

}  // namespace sgdflux::mesh
