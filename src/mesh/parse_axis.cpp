#include <algorithm>
#include <cmath>

#include "axis_rules.hpp"
#include "number_text.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/formula.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::mesh {
namespace {

constexpr const char* blanks = " \t\r\n";
constexpr const char* form = "MAP(lower, upper[, shape]) CELLS [BOUNDARY [BOUNDARY]] or auto CELLS";

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(blanks);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// A [mesh] line being read, with what its error messages need.
struct Line {
  const std::string& name;
  const std::string& text;
  const std::map<std::string, double>& constants;

  [[noreturn]] void fail(const std::string& why) const {
    throw core::SettingsError("mesh." + name + " = " + trimmed(text) + ": " + why);
  }
  [[nodiscard]] double number(const std::string& what, const std::string& expression) const {
    if (expression.empty()) {
      fail("the " + what + " is empty, expected " + form);
    }
    return core::evaluate_constant("mesh." + name + ", " + what, expression, constants);
  }
};

/// Splits at characters of `separators` that are outside of brackets. @returns parts, trimmed.
std::vector<std::string> split_outside_brackets(const std::string& text, const std::string& separators) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(') - (c == ')');
    if (depth == 0 && separators.find(c) != std::string::npos) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::transform(parts.begin(), parts.end(), parts.begin(), trimmed);
  return parts;
}

std::vector<std::string> words_of(const std::string& text) {
  auto words = split_outside_brackets(text, blanks);
  std::erase(words, "");
  return words;
}

/// Position behind the bracket that closes the one at `open`.
std::size_t behind_bracket(const Line& line, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < line.text.size(); ++i) {
    depth += (line.text[i] == '(') - (line.text[i] == ')');
    if (depth == 0) {
      return i + 1;
    }
  }
  line.fail("a closing bracket is missing, expected " + std::string(form));
}

std::vector<double> parse_arguments(const Line& line, const std::string& map, const std::string& inside) {
  static const std::vector<std::string> roles = {"lower bound", "upper bound"};
  const auto expressions = split_outside_brackets(inside, ",");
  std::vector<double> values;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    const auto role = i < roles.size() ? roles[i] : "number " + std::to_string(i + 1) + " of " + map_signature(map);
    values.push_back(line.number(role, expressions[i]));
  }
  return values;
}

Index parse_cells(const Line& line, const std::string& word) {
  const double value = line.number("number of cells", word);
  if (value != std::floor(value) || value < 1 || value > 2147483647.0) {
    line.fail("number of cells " + number_text(value) + ", allowed is an integer ≥ 1");
  }
  return static_cast<Index>(value);
}

Boundary parse_boundary(const Line& line, const std::string& word) {
  const auto& names = boundary_names();
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) {
    line.fail(core::unknown_name("boundary", word, names));
  }
  return static_cast<Boundary>(found - names.begin());
}

void parse_cells_and_boundaries(const Line& line, const std::string& rest, AxisSpec& spec) {
  const auto words = words_of(rest);
  const auto& names = boundary_names();
  if (words.empty() || std::find(names.begin(), names.end(), words[0]) != names.end()) {
    line.fail("the number of cells is missing, expected " + std::string(form));
  }
  if (words.size() > 3) {
    line.fail("'" + words[3] + "' is one word too many, expected " + std::string(form));
  }
  spec.cells = parse_cells(line, words[0]);
  if (words.size() > 1) {
    spec.lower = parse_boundary(line, words[1]);
    spec.upper = parse_boundary(line, words.back());
  }
}

void check_map_name(const Line& line, const std::string& map, bool has_arguments) {
  auto known = map_names();
  known.emplace_back("auto");
  if (std::find(known.begin(), known.end(), map) == known.end()) {
    line.fail(map.empty() ? "no map is named, expected " + std::string(form) : core::unknown_name("map", map, known));
  }
  if (map == "auto" && has_arguments) {
    line.fail("auto takes no bounds, expected auto CELLS");
  }
  if (map != "auto" && !has_arguments) {
    line.fail("map " + map + " has no bounds, expected " + map_signature(map) + " CELLS");
  }
}

}  // namespace

AxisSpec parse_axis(const std::string& name, const std::string& text, const std::map<std::string, double>& constants) {
  const Line line{name, text, constants};
  const auto start = text.find_first_not_of(blanks);
  if (start == std::string::npos) {
    throw core::SettingsError("mesh." + name + " is empty, expected " + form);
  }
  const auto name_end = std::min(text.find_first_of(std::string("(") + blanks, start), text.size());
  const auto bracket = text.find_first_not_of(blanks, name_end);
  const bool has_arguments = bracket != std::string::npos && text[bracket] == '(';
  AxisSpec spec;
  spec.name = name;
  spec.map = text.substr(start, name_end - start);
  check_map_name(line, spec.map, has_arguments);
  std::size_t rest = name_end;
  if (has_arguments) {
    rest = behind_bracket(line, bracket);
    spec.arguments = parse_arguments(line, spec.map, text.substr(bracket + 1, rest - bracket - 2));
  }
  parse_cells_and_boundaries(line, text.substr(rest), spec);
  check_spec(spec);
  return spec;
}

}  // namespace sgdflux::mesh
