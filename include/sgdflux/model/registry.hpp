#pragma once
/// The one table of models. Adding a model is one new file and one line in registry.cpp.
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::model {

/// What `models` and `describe` print of a model; the parameter table comes from the code itself.
struct ModelInfo {
  std::string name;
  std::string summary;                         ///< one line
  std::vector<std::string> equations;          ///< the SDE, a line each, Itô
  std::vector<std::string> variables;          ///< "s: ln|v|, v = product of the weights"
  std::vector<std::string> derived;            ///< "v: sign·e^s"
  std::vector<std::string> exact;              ///< known exact results with source and equation number
  std::vector<core::ParameterInfo> parameters;
};

/// All models, in the order of the table.
[[nodiscard]] const std::vector<ModelInfo>& models();
/// One of them. @throws SettingsError with the nearest name.
[[nodiscard]] const ModelInfo& describe(const std::string& name);
/// The model that section [model] asks for. @throws SettingsError naming key, value and range.
[[nodiscard]] std::unique_ptr<Sde> make(const core::Settings& settings);

}  // namespace sgdflux::model
