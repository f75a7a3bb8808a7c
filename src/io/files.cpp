#include "sgdflux/io/files.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::io {
namespace {

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void fail(const std::string& what, int reason) {
  throw core::FileError(what + ": " + std::strerror(reason));
}

/// Writes and closes; the error number of the first step that failed, 0 when all went well.
int write_all(const std::string& path, const std::string& text) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file) {
    return errno;
  }
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) {
    return errno;
  }
  // A full disk may show only when the buffer is flushed.
  return std::fclose(file.release()) == 0 ? 0 : errno;
}

void append_number(std::string& text, double value) {
  std::array<char, 40> digits{};
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::general, 17).ptr);
}

std::string quoted(const std::string& name) {
  if (name.find_first_of(",\"\n") == std::string::npos) {
    return name;
  }
  std::string text = "\"";
  for (const char c : name) {
    text += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return text + "\"";
}

void check_columns(const std::string& path, const std::vector<std::string>& names,
                   const std::vector<std::vector<double>>& columns) {
  bool fits = !columns.empty() && names.size() == columns.size();
  for (const auto& column : columns) {
    fits = fits && column.size() == columns.front().size();
  }
  if (!fits) {
    throw core::InternalError("columns of " + path + " differ in length or have no name each");
  }
}

}  // namespace

void prepare_directory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw core::FileError("output folder " + directory + " cannot be created: " + error.message());
  }
  // Permission bits say too little (read-only and network file systems), so a file is really created.
  std::string probe = directory + "/.probe-XXXXXX";
  const int descriptor = mkstemp(probe.data());
  if (descriptor < 0) {
    fail("output folder " + directory + " cannot be written to", errno);
  }
  static_cast<void>(close(descriptor));
  static_cast<void>(unlink(probe.c_str()));
}

void write_text(const std::string& path, const std::string& text) {
  const std::string part = path + ".part";
  int reason = write_all(part, text);
  if (reason == 0 && std::rename(part.c_str(), path.c_str()) != 0) {
    reason = errno;
  }
  if (reason != 0) {
    static_cast<void>(std::remove(part.c_str()));
    fail("file " + path + " cannot be written", reason);
  }
}

void write_csv(const std::string& path, const std::vector<std::string>& names,
               const std::vector<std::vector<double>>& columns) {
  check_columns(path, names, columns);
  std::string text;
  for (std::size_t k = 0; k < names.size(); ++k) {
    text += (k == 0 ? "" : ",") + quoted(names[k]);
  }
  text += '\n';
  for (std::size_t row = 0; row < columns.front().size(); ++row) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      text += k == 0 ? "" : ",";
      append_number(text, columns[k][row]);
    }
    text += '\n';
  }
  write_text(path, text);
}

std::string read_text(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    fail("file " + path + " cannot be read", errno);
  }
  std::string text;
  std::array<char, 1 << 16> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), count);
  }
  if (std::ferror(file.get()) != 0) {
    fail("file " + path + " cannot be read", errno);
  }
  return text;
}

}  // namespace sgdflux::io
