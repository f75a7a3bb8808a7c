/// From the lines of [sweep] to points.
#include <algorithm>
#include <array>
#include <filesystem>
#include <iomanip>
#include <sstream>

#include "number_range.hpp"
#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {
namespace {

const std::string origin_of_points = "sweep";  // of output.dir

constexpr std::size_t most_points = 100000;

bool is_reserved(const std::string& key) { return key == "groups" || key == "restart"; }

/// Full keys that are varied.
std::vector<std::string> varied_keys(const core::Settings& settings) {
  std::vector<std::string> keys = settings.keys("sweep");
  std::erase_if(keys, is_reserved);
  return keys;
}

/// Keys whose own values are written like ranges.
bool holds_ranges(const std::string& key) {
  constexpr std::array<const char*, 3> lists{"correlate.times", "correlate.frequencies", "evolve.outputs"};
  return key.starts_with("mesh.") || std::find(lists.begin(), lists.end(), key) != lists.end();
}

bool has_bars(const std::string& text) { return (" " + text + " ").find(" | ") != std::string::npos; }

std::vector<std::string> values_of(const core::Settings& settings, const std::string& key) {
  const std::string full = "sweep." + key;
  const std::string text = settings.text(full, "");
  if (holds_ranges(key) || has_bars(text) || !is_range(settings, full)) {
    return sweep_values(text);
  }
  std::vector<std::string> values;
  for (const double value : read_range(settings, full)) {
    values.push_back(core::exact_digits(value));
  }
  return values;
}

/// Adds the values of one more key to every combination so far.
std::vector<SweepPoint> crossed(const std::vector<SweepPoint>& points, const core::Settings& settings,
                                const std::string& key) {
  const std::vector<std::string> values = values_of(settings, key);
  if (points.size() * values.size() > most_points) {
    fail_setting(settings, "sweep." + key, "a sweep has at most 100000 points");
  }
  std::vector<SweepPoint> product;
  for (const SweepPoint& point : points) {
    for (const std::string& value : values) {
      product.push_back(point);
      product.back().varied.emplace_back(key, value);
      product.back().settings.set(key, value, settings.find("sweep." + key)->origin);
    }
  }
  return product;
}

core::Settings without_sweep(core::Settings settings) {
  for (const std::string& key : settings.keys("sweep")) {
    settings.erase("sweep." + key);
  }
  return settings;
}

}  // namespace

bool is_sweep(const core::Settings& settings) { return !varied_keys(settings).empty(); }

std::vector<std::string> sweep_values(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> values;
  const bool bars = has_bars(text);
  std::string value;
  int depth = 0;
  const auto finish = [&] {
    if (!value.empty()) {
      values.push_back(std::exchange(value, ""));
    }
  };
  for (std::string word; words >> word;) {
    if (bars && word == "|") {
      finish();
      continue;
    }
    value += (value.empty() ? "" : " ") + word;
    depth += static_cast<int>(std::count(word.begin(), word.end(), '(') - std::count(word.begin(), word.end(), ')'));
    if (!bars && depth <= 0) {
      finish();
    }
  }
  finish();
  return values;
}

std::string numbered(std::size_t index) {
  std::ostringstream name;
  name << std::setw(4) << std::setfill('0') << index + 1;
  return name.str();
}

bool is_sweep_point(const core::Settings& settings) {
  const core::Setting* directory = settings.find("output.dir");
  return directory != nullptr && directory->origin == origin_of_points;
}

std::vector<SweepPoint> sweep_points(const core::Settings& settings) {
  if (!is_sweep(settings)) {
    return {{{}, settings}};
  }
  std::vector<SweepPoint> points{{{}, without_sweep(settings)}};
  for (const std::string& key : varied_keys(settings)) {
    points = crossed(points, settings, key);
  }
  const std::string directory = settings.text("output.dir", "");
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].settings.set("output.dir", (std::filesystem::path(directory) / numbered(i)).string(), origin_of_points);
  }
  return points;
}

int sweep_groups(const core::Settings& settings, int ranks, std::size_t points) {
  if (settings.text("sweep.groups", "auto") == "auto") {
    return static_cast<int>(std::min(static_cast<std::size_t>(ranks), points));
  }
  const core::Range range{.lower = 1, .upper = static_cast<double>(ranks), .integer = true};
  const double count = settings.real("sweep.groups", 1);
  if (!range.contains(count)) {
    fail_setting(settings, "sweep.groups",
                 "allowed is auto or " + range.describe() + ", the number of ranks that the program runs on");
  }
  return static_cast<int>(count);
}

}  // namespace sgdflux::cli
