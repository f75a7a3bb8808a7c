#include "continue_settings.hpp"

#include <algorithm>

#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::cli {
namespace {

/// What is found in densities; eigenvalues join when they are tracked.
const std::vector<std::string> density_kinds{"normalisability", "origin-diverges", "mode-appears", "mode-vanishes"};

bool is_number(const core::ParameterInfo& info, const core::Settings& settings) {
  const std::string key = "model." + info.name;
  const std::vector<std::string> words = settings.has(key) ? settings.words(key) : std::vector<std::string>{};
  const bool one_number = words.empty() || (words.size() == 1 && !words[0].starts_with("@"));
  return info.kind == core::ParameterKind::real || (info.kind == core::ParameterKind::list && one_number);
}

/// @throws SettingsError where the parameter is in the table but cannot be continued.
void require_number(const core::Settings& settings, const std::string& key, const std::string& name,
                    const std::vector<core::ParameterInfo>& table) {
  for (const core::ParameterInfo& info : table) {
    if (info.name == name && !is_number(info, settings)) {
      fail_setting(settings, key,
                   info.kind == core::ParameterKind::integer ? "an integer cannot be continued; use [sweep]"
                                                             : "this is not a number");
    }
  }
}

std::vector<std::string> constant_keys(const core::Settings& settings) {
  std::vector<std::string> keys;
  for (const std::string& constant : settings.keys("parameters")) {
    keys.push_back("parameters." + constant);
  }
  return keys;
}

[[noreturn]] void fail_unknown(const core::Settings& settings, const std::string& key, const std::string& what,
                               const std::string& name, const std::vector<std::string>& known) {
  throw core::SettingsError(origin_of(settings, key) + key + ": " + core::unknown_name(what, name, known));
}

core::Range model_range(const core::Settings& settings, const std::string& key, const std::string& name) {
  const auto model = model::make(settings);
  std::vector<std::string> known;
  require_number(settings, key, name, model->parameters().table());
  for (const core::ParameterInfo& info : model->parameters().table()) {
    if (info.name == name) {
      return info.range;
    }
    if (is_number(info, settings)) {
      known.push_back("model." + info.name);
    }
  }
  const std::vector<std::string> constants = constant_keys(settings);
  known.insert(known.end(), constants.begin(), constants.end());
  fail_unknown(settings, key, "parameter", "model." + name, known);
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
  const auto known = [&](const std::string& word) {
    const auto& kinds = continuation::event_kinds();
    return std::find(kinds.begin(), kinds.end(), word) != kinds.end();
  };
  for (const std::string& word : words) {
    if (word == "auto" || word == "all" || word == "none") {
      fail_setting(settings, "continue.events", "'" + word + "' stands alone");
    }
    if (!known(word)) {
      fail_unknown(settings, "continue.events", "event", word, continuation::event_kinds());
    }
  }
  return words;
}

std::map<std::string, std::string> formulas_of(const core::Settings& settings) {
  std::map<std::string, std::string> formulas;
  for (const std::string& name : settings.keys("continue")) {
    if (name.starts_with("event.") && !core::is_identifier(name.substr(6))) {
      fail_setting(settings, "continue." + name, "the name of an event is a letter, then letters, digits and '_'");
    }
    if (name.starts_with("event.")) {
      formulas[name.substr(6)] = settings.text("continue." + name, "");
    }
  }
  return formulas;
}

}  // namespace

core::Settings with_parameter(const core::Settings& settings, const std::string& key, double value,
                              const std::string& origin) {
  core::Settings changed = settings;
  changed.set(key, core::exact_digits(value), origin);
  return changed;
}

core::Settings at_start(const core::Settings& settings, const std::string& section) {
  const std::string key = section + ".parameter";
  require_setting(settings, key, "the parameter to follow, e.g. model.T or parameters.sigma");
  require_setting(settings, section + ".from", "the first value of the parameter");
  require_setting(settings, section + ".to", "the last value of the parameter");
  const std::string parameter = settings.text(key, "");
  const auto dot = parameter.find('.');
  const std::string name = parameter.substr(dot + 1);
  if (!(parameter.starts_with("model.") || parameter.starts_with("parameters.")) || parameter == "model.name") {
    fail_setting(settings, key, "write model.<number> or parameters.<name>");
  }
  if (parameter.starts_with("parameters.") && !settings.has(parameter)) {
    fail_unknown(settings, key, "parameter", parameter, constant_keys(settings));
  }
  if (parameter.starts_with("model.") && settings.has("model.name")) {
    require_number(settings, key, name, model::describe(settings.text("model.name", "")).parameters);
  }
  return with_parameter(settings, parameter, settings.real(section + ".from", 0), key + ", " + section + ".from");
}

continuation::Family read_family(const core::Settings& settings, const std::string& section) {
  const core::Settings first = at_start(settings, section);
  const std::string parameter = settings.text(section + ".parameter", "");
  continuation::Family family;
  family.parameter = parameter;
  family.range =
      parameter.starts_with("model.") ? model_range(first, section + ".parameter", parameter.substr(6)) : core::Range{};
  family.at = [settings, parameter](double value) { return member_of(with_parameter(settings, parameter, value)); };
  return family;
}

continuation::Options read_continue(const core::Settings& settings) {
  continuation::Options options;
  const core::Settings first = at_start(settings, "continue");
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
