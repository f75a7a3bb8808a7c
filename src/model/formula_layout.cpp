#include "model/formula_layout.hpp"

#include "model/models.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::model {

using core::ParameterInfo;
using core::ParameterKind;
using core::Settings;

namespace {

constexpr int most_noises = 64;

Names fixed_keys() { return {"variables", "parameters", "calculus"}; }

/// The parts of a key such as noise.x.1.
Names parts_of(const std::string& key) {
  Names parts(1);
  for (const char c : key) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

void check_new_name(const Settings& settings, const std::string& key, const std::string& name, const Names& taken) {
  if (!core::is_identifier(name)) {
    fail_setting(
        settings, key,
        "'" + name +
            "' is no valid name: a letter, then letters, digits and '_', and no name of a function or constant");
  }
  if (contains(taken, name)) {
    fail_setting(
        settings, key,
        "the name '" + name + "' is already taken by a variable, a parameter, a constant of [parameters] or a key");
  }
}

Names read_variables(const Settings& settings, const Names& constants) {
  Names taken = constants;
  const Names names = settings.words("model.variables");
  for (const std::string& name : names) {
    check_new_name(settings, "model.variables", name, taken);
    taken.push_back(name);
  }
  if (names.empty() || names.size() > core::max_dimension) {
    fail_setting(settings, "model.variables", "allowed are one to four names, separated by blanks");
  }
  return names;
}

/// "D = 0.5 F=0" with or without blanks around '='.
std::vector<ParameterInfo> read_own(const Settings& settings, Names taken) {
  Names definitions;
  for (const std::string& word : settings.words("model.parameters")) {
    if (!definitions.empty() && (definitions.back().back() == '=' || word.front() == '=')) {
      definitions.back() += word;
    } else {
      definitions.push_back(word);
    }
  }
  std::vector<ParameterInfo> rows;
  for (const std::string& word : definitions) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (equals == std::string::npos || equals + 1 == word.size()) {
      fail_setting(settings, "model.parameters", "'" + word + "' has no default; write name=value");
    }
    check_new_name(settings, "model.parameters", name, taken);
    taken.push_back(name);
    rows.push_back({name, "", "own parameter", word.substr(equals + 1), ParameterKind::real, {}, false});
  }
  return rows;
}

NoiseKey read_noise(const Settings& settings, const std::string& key, const Names& parts, const Names& variables) {
  const int variable = variable_index(settings, key, parts[1], variables);
  for (int process = 1; process <= most_noises && parts.size() == 3; ++process) {
    if (parts[2] == std::to_string(process)) {
      return {key, variable, process - 1};
    }
  }
  fail_setting(settings, "model." + key,
               "write noise.<variable>.<number of the Wiener process, 1 to " + std::to_string(most_noises) + ">");
}

/// Keys that this model understands, for the nearest name.
Names known_keys(const FormulaLayout& layout) {
  Names known = fixed_keys();
  for (const ParameterInfo& row : layout.own) {
    known.push_back(row.name);
  }
  for (const std::string& variable : layout.variables) {
    for (const std::string& key : {"drift." + variable, "noise." + variable + ".1", "domain." + variable}) {
      known.push_back(key);
    }
  }
  known.push_back("derived.<name>");
  return known;
}

void read_key(const Settings& settings, const std::string& key, const Names& taken, FormulaLayout& layout) {
  const Names parts = parts_of(key);
  if (parts.size() == 2 && parts[0] == "drift") {
    static_cast<void>(variable_index(settings, key, parts[1], layout.variables));
  } else if (parts.size() == 2 && parts[0] == "domain") {
    static_cast<void>(variable_index(settings, key, parts[1], layout.variables));
    layout.domains.push_back(parts[1]);
  } else if (parts.size() == 2 && parts[0] == "derived") {
    check_new_name(settings, "model." + key, parts[1], taken);
    layout.derived.push_back(parts[1]);
  } else if (parts.size() >= 2 && parts[0] == "noise") {
    layout.noises.push_back(read_noise(settings, key, parts, layout.variables));
  } else {
    fail_setting(settings, "model." + key, core::unknown_name("key", key, known_keys(layout)));
  }
}

}  // namespace

void fail_setting(const Settings& settings, const std::string& key, const std::string& why) {
  const core::Setting* setting = settings.find(key);
  const std::string origin = setting == nullptr || setting->origin.empty() ? "" : setting->origin + ": ";
  throw core::SettingsError(origin + key + (setting == nullptr ? "" : " = " + setting->value) + ": " + why);
}

ParameterInfo text_row(std::string name, std::string meaning, std::string standard, bool optional) {
  return {std::move(name), "", std::move(meaning), std::move(standard), ParameterKind::text, {}, optional};
}

std::vector<ParameterInfo> formula_table() {
  return {text_row("variables", "names of the variables, one to four, separated by blanks", "", false),
          text_row("parameters", "own parameters with defaults, D=0.5 F=0; then settable as model.D", "", true),
          text_row("calculus", "ito or stratonovich; the latter is converted", "ito", false)};
}

int variable_index(const Settings& settings, const std::string& key, const std::string& name, const Names& variables) {
  const auto at = std::find(variables.begin(), variables.end(), name);
  if (at == variables.end()) {
    fail_setting(settings, "model." + key, core::unknown_name("variable", name, variables));
  }
  return static_cast<int>(at - variables.begin());
}

FormulaLayout read_formula_layout(const Settings& settings) {
  Names constants;
  for (const auto& constant : settings.constants()) {
    constants.push_back(constant.first);
  }
  if (!settings.has("model.variables")) {
    throw core::SettingsError("model.variables must be given: the names of one to four variables, separated by blanks");
  }
  FormulaLayout layout;
  layout.variables = read_variables(settings, constants);
  Names taken = constants;
  for (const Names& group : {layout.variables, fixed_keys(), shared_keys()}) {
    taken.insert(taken.end(), group.begin(), group.end());
  }
  layout.own = read_own(settings, taken);
  Names plain = fixed_keys();
  for (const ParameterInfo& row : layout.own) {
    taken.push_back(row.name);
    plain.push_back(row.name);
  }
  for (const std::string& key : settings.keys("model")) {
    if (!contains(plain, key) && !contains(shared_keys(), key)) {
      read_key(settings, key, taken, layout);
    }
  }
  layout.stratonovich = settings.choice("model.calculus", "ito", {"ito", "stratonovich"}) == "stratonovich";
  return layout;
}

/// The table of this very model: provenance then shows every formula.
core::Parameters read_formula_parameters(const Settings& settings, const FormulaLayout& layout) {
  std::vector<ParameterInfo> rows = formula_table();
  rows.insert(rows.end(), layout.own.begin(), layout.own.end());
  for (const std::string& variable : layout.variables) {
    rows.push_back(text_row("drift." + variable, "drift of " + variable + ", a formula", "", false));
  }
  for (const NoiseKey& noise : layout.noises) {
    rows.push_back(text_row(noise.key, "noise factor, a formula", "", false));
  }
  for (const std::string& name : layout.derived) {
    rows.push_back(text_row("derived." + name, "derived quantity, a formula", "", false));
  }
  for (const std::string& variable : layout.domains) {
    rows.push_back(text_row("domain." + variable, "natural domain of " + variable + ": lower upper", "", false));
  }
  core::Parameters parameters(std::move(rows));
  parameters.read(settings, "model", shared_keys());
  return parameters;
}

}  // namespace sgdflux::model
