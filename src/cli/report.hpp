#pragma once
/// report.json (docs/formats.md): what every report has, and the answer of `stationary`.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "run.hpp"
#include "sgdflux/model/sde.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// format, format_version, command, verdict, exit_code, reason.
[[nodiscard]] nlohmann::ordered_json report_head(const std::string& command, const Outcome& outcome);
/// All settings by full key, as text that a settings file in `directory` would hold.
[[nodiscard]] nlohmann::ordered_json settings_json(const core::Settings& settings, const std::string& directory);
/// {name: {value, error[, reason]}}; what is not finite is null.
[[nodiscard]] nlohmann::ordered_json estimates_json(const std::map<std::string, core::Estimate>& estimates);
/// A JSON number when the text is one, else the text.
[[nodiscard]] nlohmann::ordered_json number_or_text(const std::string& text);
/// Adds model, mesh, scheme, audit, observables, current, reference and remarks.
void add_answer(nlohmann::ordered_json& report, const model::Sde& sde, const study::StationaryAnswer& answer);
/// Adds ranks, seconds and provenance.
void finish_report(nlohmann::ordered_json& report, const std::map<std::string, double>& seconds,
                   const io::RunInfo& info);

}  // namespace sgdflux::cli
