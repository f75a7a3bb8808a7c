#pragma once
/// Section [model] of a formula model taken apart; no formula is parsed here.
#include <algorithm>
#include <string>
#include <vector>

#include "sgdflux/core/parameters.hpp"

namespace sgdflux::model {

using Names = std::vector<std::string>;

[[nodiscard]] inline bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// One Wiener process in one variable.
struct NoiseKey {
  std::string key;  ///< "noise.x.1"
  int variable = 0;
  int process = 0;  ///< from 0
};

/// What the keys of the section declare.
struct FormulaLayout {
  Names variables;
  std::vector<core::ParameterInfo> own;  ///< parameters with defaults
  Names derived;
  Names domains;  ///< variables that have a domain
  std::vector<NoiseKey> noises;
  bool stratonovich = false;

  [[nodiscard]] int processes() const {
    int count = 0;
    for (const NoiseKey& noise : noises) {
      count = std::max(count, noise.process + 1);
    }
    return count;
  }
};

/// Rows variables, parameters and calculus of the parameter table.
[[nodiscard]] std::vector<core::ParameterInfo> formula_table();
/// A row that holds text.
[[nodiscard]] core::ParameterInfo text_row(std::string name, std::string meaning, std::string standard, bool optional);
/// @throws SettingsError for names that are invalid or taken and for unknown keys (nearest name offered).
[[nodiscard]] FormulaLayout read_formula_layout(const core::Settings& settings);
/// Values for the table of this very model, its formulas included as text: provenance shows them.
[[nodiscard]] core::Parameters read_formula_parameters(const core::Settings& settings, const FormulaLayout& layout);
/// Position of a variable that `key` of section [model] names. @throws SettingsError with the nearest name.
[[nodiscard]] int variable_index(const core::Settings& settings, const std::string& key, const std::string& name,
                                 const Names& variables);
/// Throws a SettingsError that starts with origin, key and value.
[[noreturn]] void fail_setting(const core::Settings& settings, const std::string& key, const std::string& why);

}  // namespace sgdflux::model
