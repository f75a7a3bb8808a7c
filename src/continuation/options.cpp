#include "options.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "words.hpp"

namespace sgdflux::continuation {
namespace {

void require_length(const std::string& key, double value, double whole) {
  if (!(value >= 0 && value <= whole * (1 + 1e-9))) {
    throw core::SettingsError("continue." + key + " = " + text(value) + " is out of range: auto, or 0 < " + key +
                              " <= |to - from| = " + text(whole));
  }
}

void require_order(const Options& options) {
  if (options.min_step > 0 && options.max_step > 0 && options.min_step > options.max_step) {
    throw core::SettingsError("continue.min_step = " + text(options.min_step) +
                              " is larger than continue.max_step = " + text(options.max_step));
  }
  if (options.step > 0 && ((options.max_step > 0 && options.step > options.max_step) ||
                           (options.min_step > 0 && options.step < options.min_step))) {
    throw core::SettingsError("continue.step = " + text(options.step) +
                              " is not between continue.min_step and continue.max_step");
  }
}

void require_known_stops(const Options& options) {
  std::vector<std::string> known = options.events;
  for (const auto& [name, formula] : options.formulas) {
    known.push_back(name);
  }
  for (const std::string& name : options.stop) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw core::SettingsError("continue.stop: " + core::unknown_name("event of this run", name, known));
    }
  }
}

}  // namespace

void Options::validate(const Family& family) const {
  if (!std::isfinite(from) || !family.range.contains(from)) {
    throw core::SettingsError("continue.from = " + text(from) + " is out of the range of " + family.parameter + ": " +
                              family.range.describe());
  }
  const double whole = std::abs(to - from);
  if (!(whole > 0) || !std::isfinite(whole)) {
    throw core::SettingsError("continue.to = " + text(to) + ": the range from " + text(from) + " is empty or infinite");
  }
  require_length("step", step, whole);
  require_length("min_step", min_step, whole);
  require_length("max_step", max_step, whole);
  require_order(*this);
  if (!(change > 0 && change < 1)) {
    throw core::SettingsError("continue.change = " + text(change) + " is out of range: 0 < change < 1");
  }
  if (!(tolerance >= 1e-14 && tolerance < 1)) {
    throw core::SettingsError("continue.tolerance = " + text(tolerance) + " is out of range: 1e-14 <= tolerance < 1");
  }
  if (track < 0) {
    throw core::SettingsError("continue.track = " + std::to_string(track) + " is out of range: an integer >= 0");
  }
  require_known_stops(*this);
}

EventFunctions make_functions(const Options& options, const Member& example) {
  EventFunctions functions = make_events(options.events);
  for (const auto& [name, formula] : options.formulas) {
    functions.push_back(formula_event(name, formula, example));
  }
  return functions;
}

bool needs_spectrum(const Options& options, const EventFunctions& functions) {
  return options.track > 0 || std::any_of(functions.begin(), functions.end(),
                                          [](const auto& function) { return function->needs_spectrum(); });
}

int eigenvalues_needed(const Options& options, const Family& family) {
  const EventFunctions functions = make_functions(options, family.at(options.from));
  return needs_spectrum(options, functions) ? std::max(options.track, 2) + 1 : 0;
}

bool wanted(const Options& options, const std::string& kind) {
  return options.formulas.contains(kind) ||
         std::find(options.events.begin(), options.events.end(), kind) != options.events.end();
}

bool stops(const Options& options, const Event& event) {
  return std::find(options.stop.begin(), options.stop.end(), event.kind) != options.stop.end();
}

}  // namespace sgdflux::continuation
