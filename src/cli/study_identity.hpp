#pragma once
/// What makes two runs of continue the same study.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

using Texts = std::map<std::string, std::string>;

/// What the numbers depend on: model, mesh, scheme, formulas, parameter, first value, events, options of PETSc.
[[nodiscard]] Texts study_identity(const core::Settings& settings, const std::string& petsc);
/// What is asked of a study besides: it may be extended or refined.
[[nodiscard]] Texts study_asked(const core::Settings& settings);
[[nodiscard]] Texts study_lines_asked(const core::Settings& settings);
/// {format, format_version, program, identity, asked} of study.json.
[[nodiscard]] nlohmann::ordered_json study_head(const core::Settings& settings, const Texts& identity);

/// @throws FileError unless this program has written it; nlohmann's exceptions for what is no study.
void require_same_program(const nlohmann::ordered_json& state, const std::string& file);
/// @throws SettingsError naming the first difference.
void require_same_study(const core::Settings& settings, const Texts& here, const Texts& there, const std::string& file);

}  // namespace sgdflux::cli
