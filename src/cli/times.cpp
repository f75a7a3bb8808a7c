#include "times.hpp"

#include <cmath>
#include <optional>
#include <sstream>

#include "setting_errors.hpp"
#include "sgdflux/core/formula.hpp"

namespace sgdflux::cli {
namespace {

constexpr const char* outputs = "evolve.outputs";
constexpr double most_times = 1e6;

/// "log(a, b)" taken apart; log(a) alone is a formula.
struct Call {
  std::string name, lower, upper;
};

std::optional<Call> parse_call(const std::string& word) {
  const auto open = word.find('(');
  const std::string name = word.substr(0, open);
  if (open == std::string::npos || word.back() != ')' || (name != "log" && name != "linear")) {
    return std::nullopt;
  }
  int depth = 0;
  for (std::size_t i = open + 1; i + 1 < word.size(); ++i) {
    depth += (word[i] == '(') - (word[i] == ')');
    if (word[i] == ',' && depth == 0) {
      return Call{name, word.substr(open + 1, i - open - 1), word.substr(i + 1, word.size() - i - 2)};
    }
  }
  return std::nullopt;
}

double value_of(const core::Settings& settings, const std::string& key, const std::string& text) {
  return core::evaluate_constant(origin_of(settings, key) + key, text, settings.constants());
}

std::vector<double> spread(bool logarithmic, double lower, double upper, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    const double part = static_cast<double>(i) / (count - 1);
    values.push_back(logarithmic ? lower * std::pow(upper / lower, part) : lower + part * (upper - lower));
  }
  values.back() = upper;
  return values;
}

std::vector<double> called(const core::Settings& settings, const std::string& key, const Call& call,
                           const std::vector<std::string>& words) {
  const double lower = value_of(settings, key, call.lower);
  const double upper = value_of(settings, key, call.upper);
  const double count = words.size() == 2 ? value_of(settings, key, words[1]) : 0;
  if (!(lower < upper) || (call.name == "log" && lower <= 0)) {
    fail_setting(settings, key, call.name == "log" ? "log(a, b) needs 0 < a < b" : "linear(a, b) needs a < b");
  }
  if (count < 2 || count > most_times || count != std::floor(count)) {
    fail_setting(settings, key, "after " + call.name + "(a, b) comes one number, how many: an integer, 2 <= n <= 1e6");
  }
  return spread(call.name == "log", lower, upper, static_cast<int>(count));
}

void check(const core::Settings& settings, const std::string& key, const core::Range& range,
           const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::ostringstream text;
    text << "entry " << i + 1 << ", " << values[i] << ", ";
    if (!range.contains(values[i])) {
      fail_setting(settings, key, text.str() + "is out of range; allowed is " + range.describe());
    }
    if (i > 0 && !(values[i] > values[i - 1])) {
      fail_setting(settings, key, text.str() + "is not larger than the one before; entries must increase");
    }
  }
}

}  // namespace

std::vector<double> read_times(const core::Settings& settings, const std::string& key, const core::Range& range) {
  const std::vector<std::string> words = settings.words(key);
  const std::optional<Call> call = words.empty() ? std::nullopt : parse_call(words.front());
  const std::vector<double> values = call ? called(settings, key, *call, words) : settings.list(key, {});
  check(settings, key, range, values);
  return values;
}

std::vector<double> read_outputs(const core::Settings& settings, double until) {
  const std::vector<std::string> words = settings.words(outputs);
  const bool single = words.size() == 1 && !parse_call(words.front());
  const double count = single ? settings.real(outputs, 0) : 0;
  std::vector<double> times;
  if (single && count == std::floor(count)) {
    const long steps = settings.integer(outputs, 0, {.lower = 1, .upper = most_times});
    times = spread(false, 0, until, static_cast<int>(steps) + 1);
  } else {
    times = read_times(settings, outputs, {.lower = 0, .upper = until});
  }
  if (times.back() < until) {
    times.push_back(until);
  }
  return times;
}

}  // namespace sgdflux::cli
