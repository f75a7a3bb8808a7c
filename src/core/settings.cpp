#include "sgdflux/core/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/formula.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::core {
namespace {

constexpr double largest_exact_integer = 9007199254740992.0;  // 2^53

std::string number(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

std::string trimmed(const std::string& text) {
  const char* blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Blanks inside brackets do not end a word.
std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words(1);
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(') - (c == ')');
    const bool blank = c == ' ' || c == '\t';
    if (blank && depth <= 0) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  std::erase(words, std::string());
  return words;
}

std::vector<std::string> split_rows(const std::string& text) {
  std::vector<std::string> rows;
  std::istringstream stream(text);
  for (std::string row; std::getline(stream, row, ';');) {
    rows.push_back(row);
  }
  return rows;
}

/// A plain number, without the cost of the constants; what is none is left to the formula parser.
std::optional<double> plain_number(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::string origin_of(const Setting& setting) { return setting.origin.empty() ? "" : setting.origin + ": "; }

double evaluate(const std::string& what, const std::string& text, const Settings& settings) {
  const std::optional<double> plain = plain_number(text);
  if (plain && !std::isfinite(*plain)) {
    throw SettingsError(what + " = " + text + ": the value is not finite");
  }
  return plain ? *plain : evaluate_constant(what, text, settings.constants());
}

}  // namespace

bool Range::contains(double value) const {
  const bool above = lower_open ? value > lower : value >= lower;
  const bool below = upper_open ? value < upper : value <= upper;
  return above && below && (!integer || value == std::floor(value));
}

std::string Range::describe() const {
  const bool from = std::isfinite(lower);
  const bool to = std::isfinite(upper);
  if (!from && !to) {
    return integer ? "any integer" : "any finite number";
  }
  const std::string subject = integer ? "an integer" : "value";
  const std::string below = upper_open ? " < " : " ≤ ";
  if (!from) {
    return subject + below + number(upper);
  }
  if (!to) {
    return subject + (lower_open ? " > " : " ≥ ") + number(lower);
  }
  return number(lower) + (lower_open ? " < " : " ≤ ") + subject + below + number(upper);
}

void Settings::set(const std::string& key, std::string value, std::string origin) {
  if (!values_.contains(key)) {
    order_.push_back(key);
  }
  values_[key] = {trimmed(value), std::move(origin)};
}

void Settings::erase(const std::string& key) {
  values_.erase(key);
  std::erase(order_, key);
}

const Setting* Settings::find(const std::string& key) const {
  const auto at = values_.find(key);
  return at == values_.end() ? nullptr : &at->second;
}

std::vector<std::string> Settings::keys(const std::string& section) const {
  std::vector<std::string> found;
  for (const std::string& key : order_) {
    if (key.starts_with(section + ".")) {
      found.push_back(key.substr(section.size() + 1));
    }
  }
  return found;
}

std::vector<std::string> Settings::sections() const {
  std::vector<std::string> found;
  for (const std::string& key : order_) {
    const std::string section = key.substr(0, key.find('.'));
    if (std::find(found.begin(), found.end(), section) == found.end()) {
      found.push_back(section);
    }
  }
  return found;
}

std::map<std::string, double> Settings::constants() const {
  std::map<std::string, double> values;
  for (const std::string& name : keys("parameters")) {
    const std::string key = "parameters." + name;
    if (!is_identifier(name)) {
      fail(key, "'" + name +
                    "' cannot name a constant: a letter, then letters, digits and '_', and no name of a function or "
                    "constant");
    }
    values[name] = evaluate_constant(origin_of(*find(key)) + key, find(key)->value, values);
  }
  return values;
}

void Settings::fail(const std::string& key, const std::string& why) const {
  const Setting* setting = find(key);
  if (setting == nullptr) {
    throw SettingsError(key + ": " + why);
  }
  throw SettingsError(origin_of(*setting) + key + " = " + setting->value + ": " + why);
}

std::string Settings::text(const std::string& key, const std::string& otherwise) const {
  const Setting* setting = find(key);
  return setting == nullptr ? otherwise : setting->value;
}

std::string Settings::choice(const std::string& key, const std::string& otherwise,
                             const std::vector<std::string>& allowed) const {
  const Setting* setting = find(key);
  if (setting == nullptr) {
    return otherwise;
  }
  if (std::find(allowed.begin(), allowed.end(), setting->value) == allowed.end()) {
    fail(key, unknown_name("value", setting->value, allowed));
  }
  return setting->value;
}

double Settings::real(const std::string& key, double otherwise, const Range& range) const {
  const Setting* setting = find(key);
  if (setting == nullptr) {
    return otherwise;
  }
  const double value = evaluate(origin_of(*setting) + key, setting->value, *this);
  if (!range.contains(value)) {
    fail(key, "out of range; allowed is " + range.describe());
  }
  return value;
}

long Settings::integer(const std::string& key, long otherwise, Range range) const {
  if (!has(key)) {
    return otherwise;
  }
  range.integer = true;
  const double value = real(key, 0, range);
  if (std::abs(value) > largest_exact_integer) {
    fail(key, "out of range; integers go up to 2^53 in size");
  }
  return static_cast<long>(value);
}

bool Settings::flag(const std::string& key, bool otherwise) const {
  const std::string value =
      choice(key, otherwise ? "on" : "off", {"on", "off", "1", "0", "true", "false", "yes", "no"});
  return value == "on" || value == "1" || value == "true" || value == "yes";
}

std::vector<std::string> Settings::words(const std::string& key) const { return split_words(text(key, "")); }

std::vector<double> Settings::list(const std::string& key, const std::vector<double>& otherwise,
                                   const Range& range) const {
  const Setting* setting = find(key);
  if (setting == nullptr) {
    return otherwise;
  }
  std::vector<double> values;
  for (const std::string& word : split_words(setting->value)) {
    values.push_back(evaluate(origin_of(*setting) + key, word, *this));
    if (!range.contains(values.back())) {
      fail(key, "entry " + word + " is out of range; allowed is " + range.describe());
    }
  }
  if (values.empty()) {
    fail(key, "at least one number is needed");
  }
  return values;
}

Eigen::MatrixXd Settings::matrix(const std::string& key, const Eigen::MatrixXd& otherwise) const {
  const Setting* setting = find(key);
  if (setting == nullptr) {
    return otherwise;
  }
  const std::vector<std::string> rows = split_rows(setting->value);
  const std::size_t columns = rows.empty() ? 0 : split_words(rows.front()).size();
  if (columns == 0) {
    fail(key, "at least one number is needed");
  }
  Eigen::MatrixXd values(rows.size(), columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<std::string> entries = split_words(rows[i]);
    if (entries.size() != columns) {
      fail(key, "row " + std::to_string(i + 1) + " has " + std::to_string(entries.size()) + " numbers, the first row " +
                    std::to_string(columns));
    }
    for (std::size_t j = 0; j < columns; ++j) {
      values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          evaluate(origin_of(*setting) + key, entries[j], *this);
    }
  }
  return values;
}

void Settings::reject_unknown(const std::string& section, const std::vector<std::string>& known) const {
  for (const std::string& name : keys(section)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const Setting& setting = *find(section + "." + name);
      throw SettingsError(origin_of(setting) + unknown_name("key", name, known) + " (section [" + section + "])");
    }
  }
}

}  // namespace sgdflux::core
