#pragma once
/// The one table of models. Adding a model is one new file and one line in registry.cpp.
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/model/info.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::model {

/// All models, in the order of the table.
[[nodiscard]] const std::vector<ModelInfo>& models();
/// One of them. @throws SettingsError with the nearest name.
[[nodiscard]] const ModelInfo& describe(const std::string& name);
/// The model that section [model] asks for. @throws SettingsError naming key, value and range.
[[nodiscard]] std::unique_ptr<Sde> make(const core::Settings& settings);

}  // namespace sgdflux::model
