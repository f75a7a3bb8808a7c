#include "number_range.hpp"

#include <cmath>

#include "setting_errors.hpp"
#include "sgdflux/core/formula.hpp"

namespace sgdflux::cli {
namespace {

constexpr double most_numbers = 1e6;

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

}  // namespace

std::vector<double> spread(bool logarithmic, double lower, double upper, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    const double part = static_cast<double>(i) / (count - 1);
    values.push_back(logarithmic ? lower * std::pow(upper / lower, part) : lower + part * (upper - lower));
  }
  values.back() = upper;
  return values;
}

bool is_range(const core::Settings& settings, const std::string& key) {
  const std::vector<std::string> words = settings.words(key);
  return !words.empty() && parse_call(words.front()).has_value();
}

std::vector<double> read_range(const core::Settings& settings, const std::string& key) {
  const std::vector<std::string> words = settings.words(key);
  const Call call = parse_call(words.front()).value();
  const double lower = value_of(settings, key, call.lower);
  const double upper = value_of(settings, key, call.upper);
  const double count = words.size() == 2 ? value_of(settings, key, words[1]) : 0;
  if (!(lower < upper) || (call.name == "log" && lower <= 0)) {
    fail_setting(settings, key, call.name == "log" ? "log(a, b) needs 0 < a < b" : "linear(a, b) needs a < b");
  }
  if (count < 2 || count > most_numbers || count != std::floor(count)) {
    fail_setting(settings, key, "after " + call.name + "(a, b) comes one number, how many: an integer, 2 <= n <= 1e6");
  }
  return spread(call.name == "log", lower, upper, static_cast<int>(count));
}

}  // namespace sgdflux::cli
