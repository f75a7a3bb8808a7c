#include "continue_settings.hpp"

#include <algorithm>

#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::cli {
namespace {

const std::string key_of_parameter = "continue.parameter";

/// What is found in densities; eigenvalues join when they are tracked.
const std::vector<std::string> density_kinds{"normalisability", "origin-diverges", "mode-appears", "mode-vanishes"};

bool is_number(const core::ParameterInfo& info, const core::Settings& settings) {
  const std::string key = "model." + info.name;
  const bool one_word = !settings.has(key) || settings.words(key).size() == 1;
  return info.kind == core::ParameterKind::real || (info.kind == core::ParameterKind::list && one_word);
}

core::Range model_range(const core::Settings& settings, const std::string& name) {
  const auto model = model::make(settings);
  std::vector<std::string> numbers;
  for (const core::ParameterInfo& info : model->parameters().table()) {
    if (info.name == name && !is_number(info, settings)) {
      fail_setting(settings, key_of_parameter,
                   info.kind == core::ParameterKind::integer ? "an integer cannot be continued; use [sweep]"
                                                             : "this is not a number");
    }
    if (info.name == name) {
      return info.range;
    }
    if (is_number(info, settings)) {
      numbers.push_back("model." + info.name);
    }
  }
  for (const std::string& constant : settings.keys("parameters")) {
    numbers.push_back("parameters." + constant);
  }
  throw core::SettingsError(origin_of(settings, key_of_parameter) + key_of_parameter + ": " +
                            core::unknown_name("parameter", "model." + name, numbers));
}

void require_constant(const core::Settings& settings, const std::string& name) {
  std::vector<std::string> known;
  for (const std::string& constant : settings.keys("parameters")) {
    known.push_back("parameters." + constant);
  }
  if (!settings.has("parameters." + name)) {
    throw core::SettingsError(origin_of(settings, key_of_parameter) + key_of_parameter + ": " +
                              core::unknown_name("parameter", "parameters." + name, known));
  }
}

continuation::Member member_of(const core::Settings& settings) {
  Problem problem = pose(settings);
  continuation::Member member;
  member.mesh = problem.options.mesh;
  member.observables = std::move(problem.observables);
  member.constants = settings.constants();
  member.constants.merge(problem.sde->parameters().scalars());
  member.sde = std::move(problem.sde);
  return member;
}

/// A length that may be `auto`.
double length_of(const core::Settings& settings, const std::string& key) {
  const bool automatic = settings.text(key, "auto") == "auto";
  return automatic ? 0 : settings.real(key, 0, {.lower = 0, .lower_open = true});
}

std::vector<std::string> kinds_of(const core::Settings& settings, int track) {
  const std::vector<std::string> words = settings.words("continue.events");
  if (words == std::vector<std::string>{"none"}) {
    return {};
  }
  if (words == std::vector<std::string>{"all"} || (words == std::vector<std::string>{"auto"} && track > 0)) {
    return continuation::event_kinds();
  }
  if (words.empty() || words == std::vector<std::string>{"auto"}) {
    return density_kinds;
  }
  for (const std::string& word : words) {
    if (std::find(continuation::event_kinds().begin(), continuation::event_kinds().end(), word) ==
        continuation::event_kinds().end()) {
      std::vector<std::string> known = continuation::event_kinds();
      known.insert(known.end(), {"auto", "all", "none"});
      throw core::SettingsError(origin_of(settings, "continue.events") +
                                "continue.events: " + core::unknown_name("event", word, known));
    }
  }
  return words;
}

std::map<std::string, std::string> formulas_of(const core::Settings& settings) {
  std::map<std::string, std::string> formulas;
  for (const std::string& name : settings.keys("continue")) {
    if (name.starts_with("event.")) {
      formulas[name.substr(6)] = settings.text("continue." + name, "");
    }
  }
  return formulas;
}

}  // namespace

core::Settings with_parameter(const core::Settings& settings, const std::string& key, double value) {
  core::Settings changed = settings;
  changed.set(key, core::exact_digits(value), key_of_parameter);
  return changed;
}

core::Settings at_start(const core::Settings& settings) {
  require_setting(settings, key_of_parameter, "the parameter to follow, e.g. model.T or parameters.sigma");
  require_setting(settings, "continue.from", "the first value of the parameter");
  require_setting(settings, "continue.to", "the last value of the parameter");
  const std::string key = settings.text(key_of_parameter, "");
  const auto dot = key.find('.');
  const std::string section = key.substr(0, dot);
  if (dot == std::string::npos || (section != "model" && section != "parameters") || key == "model.name") {
    fail_setting(settings, key_of_parameter, "write model.<parameter> or parameters.<name>");
  }
  if (section == "parameters") {
    require_constant(settings, key.substr(dot + 1));
  }
  return with_parameter(settings, key, settings.real("continue.from", 0));
}

continuation::Family read_family(const core::Settings& settings) {
  const core::Settings first = at_start(settings);
  const std::string key = settings.text(key_of_parameter, "");
  continuation::Family family;
  family.parameter = key;
  family.range = key.starts_with("model.") ? model_range(first, key.substr(6)) : core::Range{};
  family.at = [settings, key](double value) { return member_of(with_parameter(settings, key, value)); };
  return family;
}

continuation::Options read_continue(const core::Settings& settings) {
  continuation::Options options;
  const core::Settings first = at_start(settings);
  const Problem problem = pose(first);
  options.stationary = common_options<study::StationaryOptions>(problem);
  options.from = settings.real("continue.from", 0);
  options.to = settings.real("continue.to", 0);
  options.step = length_of(settings, "continue.step");
  options.min_step = length_of(settings, "continue.min_step");
  options.max_step = length_of(settings, "continue.max_step");
  options.change =
      settings.real("continue.change", 0.1, {.lower = 0, .upper = 1, .lower_open = true, .upper_open = true});
  options.track = static_cast<int>(settings.integer("continue.track", 0, {.lower = 0, .upper = 1000}));
  options.events = kinds_of(settings, options.track);
  options.formulas = formulas_of(settings);
  const std::string stop = settings.text("continue.stop", "never");
  options.stop = stop == "never" ? std::vector<std::string>{} : settings.words("continue.stop");
  options.tolerance = settings.real("continue.tolerance", 1e-9, {.lower = 1e-14, .upper = 1, .upper_open = true});
  options.sensitivities = settings.text("continue.sensitivities", "auto") == "auto"
                              ? problem.sde->dimension() == 1
                              : settings.flag("continue.sensitivities", true);
  return options;
}

}  // namespace sgdflux::cli
