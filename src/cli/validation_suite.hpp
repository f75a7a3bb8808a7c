#pragma once
/// What `validate` without a model runs over.
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// One problem of every built-in model and of a formula: name, and settings that give way to those of the user.
[[nodiscard]] const std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>>&
validation_suite();

/// Settings of one problem of the suite, results in `<output.dir>/<name>`.
[[nodiscard]] core::Settings suite_settings(const core::Settings& settings, std::size_t position);

}  // namespace sgdflux::cli
