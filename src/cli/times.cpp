#include "times.hpp"

#include <cmath>
#include <sstream>

#include "number_range.hpp"
#include "setting_errors.hpp"

namespace sgdflux::cli {
namespace {

constexpr const char* outputs = "evolve.outputs";
constexpr double most_times = 1e6;

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
  const std::vector<double> values = is_range(settings, key) ? read_range(settings, key) : settings.list(key, {});
  check(settings, key, range, values);
  return values;
}

std::vector<double> read_outputs(const core::Settings& settings, double until) {
  const bool single = settings.words(outputs).size() == 1 && !is_range(settings, outputs);
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
