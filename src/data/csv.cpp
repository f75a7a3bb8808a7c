#include "sgdflux/data/csv.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::data {
namespace {

using core::FileError;

/// One field of a line and the position of its first character, counted from 1.
struct Field {
  std::string text;
  std::size_t position;
};

/// A line of the file, without its end-of-line characters, with the place that errors name.
struct Line {
  std::string file;
  std::size_t number = 0;
  std::string text;

  [[noreturn]] void fail(std::size_t position, const std::string& why) const {
    throw FileError(file + ":" + std::to_string(number) + ":" + std::to_string(position) + ": " + why);
  }
};

bool blank(const std::string& text) { return text.find_first_not_of(" \t") == std::string::npos; }

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) {
    return "";
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A quoted field that opens at `at`; afterwards `at` is behind the closing quote. A doubled quote stands for one.
std::string quoted(const Line& line, std::size_t& at) {
  const std::size_t opening = at++;
  std::string text;
  while (true) {
    const std::size_t quote = line.text.find('"', at);
    if (quote == std::string::npos) {
      line.fail(opening + 1, "a quote is opened and not closed on this line");
    }
    text += line.text.substr(at, quote - at);
    at = quote + 1;
    if (at >= line.text.size() || line.text[at] != '"') {
      return text;
    }
    text += '"';
    ++at;
  }
}

Field next_field(const Line& line, std::size_t& at) {
  const std::size_t start = std::min(line.text.find_first_not_of(" \t", at), line.text.size());
  if (start < line.text.size() && line.text[start] == '"') {
    at = start;
    Field field{quoted(line, at), start + 1};
    const std::size_t comma = std::min(line.text.find(',', at), line.text.size());
    if (!blank(line.text.substr(at, comma - at))) {
      line.fail(at + 1, "text behind a closing quote");
    }
    at = comma;
    return field;
  }
  const std::size_t comma = std::min(line.text.find(',', at), line.text.size());
  Field field{trimmed(line.text.substr(at, comma - at)), std::min(start, comma) + 1};
  at = comma;
  return field;
}

std::vector<Field> split(const Line& line) {
  std::vector<Field> fields;
  std::size_t at = 0;
  while (true) {
    fields.push_back(next_field(line, at));
    if (at >= line.text.size()) {
      return fields;
    }
    ++at;
  }
}

/// The number that the whole text denotes, "+" allowed; empty when it denotes none.
std::optional<double> number(const std::string& text) {
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* last = text.data() + text.size();
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last || first == last) {
    return std::nullopt;
  }
  return value;
}

std::vector<Line> read_lines(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw FileError(file + ": cannot be opened for reading");
  }
  std::vector<Line> lines;
  Line line{file, 0, ""};
  while (std::getline(stream, line.text)) {
    ++line.number;
    if (line.number == 1 && line.text.starts_with("\xEF\xBB\xBF")) {
      line.text.erase(0, 3);
    }
    if (line.text.ends_with('\r')) {
      line.text.pop_back();
    }
    lines.push_back(line);
  }
  if (stream.bad()) {
    throw FileError(file + ": reading failed after line " + std::to_string(line.number) + " (is it a file?)");
  }
  while (!lines.empty() && blank(lines.back().text)) {
    lines.pop_back();
  }
  return lines;
}

std::vector<std::string> read_names(const Line& line) {
  std::vector<std::string> names;
  for (const Field& field : split(line)) {
    if (field.text.empty()) {
      line.fail(field.position, "column " + std::to_string(names.size() + 1) + " has no name");
    }
    if (number(field.text)) {
      line.fail(field.position, "the first line must name the columns, but '" + field.text + "' is a number");
    }
    if (std::find(names.begin(), names.end(), field.text) != names.end()) {
      line.fail(field.position, "two columns have the name '" + field.text + "'");
    }
    names.push_back(field.text);
  }
  return names;
}

void append_row(const Line& line, Table& table) {
  if (blank(line.text)) {
    line.fail(1, "an empty line between the rows");
  }
  const std::vector<Field> fields = split(line);
  if (fields.size() != table.names.size()) {
    line.fail(fields.back().position, "this row has " + std::to_string(fields.size()) + " fields, the header has " +
                                          std::to_string(table.names.size()));
  }
  for (std::size_t column = 0; column < fields.size(); ++column) {
    const Field& field = fields[column];
    const std::optional<double> value = number(field.text);
    if (!value || !std::isfinite(*value)) {
      line.fail(field.position, "column '" + table.names[column] +
                                    "': " + (field.text.empty() ? "an empty field" : "'" + field.text + "'") +
                                    " is no finite number");
    }
    table.columns[column].push_back(*value);
  }
}

}  // namespace

const std::vector<double>& Table::column(const std::string& name) const {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    throw core::SettingsError(file + ": " + core::unknown_name("column", name, names));
  }
  return columns[static_cast<std::size_t>(at - names.begin())];
}

Table read_csv(const std::string& file) {
  const std::vector<Line> lines = read_lines(file);
  if (lines.empty()) {
    throw FileError(file + ":1:1: the file is empty; expected a line of column names");
  }
  Table table;
  table.file = file;
  table.names = read_names(lines.front());
  table.columns.resize(table.names.size());
  for (std::size_t row = 1; row < lines.size(); ++row) {
    append_row(lines[row], table);
  }
  if (table.rows() == 0) {
    throw FileError(file + ":2:1: there is no row below the header");
  }
  return table;
}

std::vector<double> standardized(const std::string& name, const std::vector<double>& x) {
  const Eigen::Map<const Eigen::ArrayXd> values(x.data(), static_cast<Eigen::Index>(x.size()));
  if (x.empty() || values.minCoeff() == values.maxCoeff()) {
    throw core::SettingsError("column '" + name + "' is constant and cannot be standardised");
  }
  const Eigen::ArrayXd centred = values - values.mean();
  const Eigen::ArrayXd scaled = centred / std::sqrt(centred.square().mean());
  return {scaled.begin(), scaled.end()};
}

}  // namespace sgdflux::data
