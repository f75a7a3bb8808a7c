#pragma once
/// report.json (docs/formats.md): what every report has.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "run.hpp"
#include "sgdflux/model/sde.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// format, format_version, command, verdict, exit_code, reason.
[[nodiscard]] nlohmann::ordered_json report_head(const std::string& command, const Outcome& outcome);
/// The report in `file`; what every report has is there. @throws FileError for what is no report.
[[nodiscard]] nlohmann::ordered_json read_report(const std::string& file);
/// All settings by full key, as text that a settings file in `directory` would hold.
[[nodiscard]] nlohmann::ordered_json settings_json(const core::Settings& settings, const std::string& directory);
/// {axes: […]}, see docs/formats.md.
[[nodiscard]] nlohmann::ordered_json mesh_json(const std::vector<mesh::AxisSpec>& axes);
/// {mass_error, …}; null where there is no density.
[[nodiscard]] nlohmann::ordered_json audit_json(const study::Answer& answer);
/// {name, variables, derived, parameters}
[[nodiscard]] nlohmann::ordered_json model_json(const model::Sde& sde);
/// Whether the verdict leaves a density: else there is nothing to audit, no current and no observable: null, not zero.
[[nodiscard]] bool has_density(const study::Answer& answer);
/// Adds model, mesh, scheme, audit and the scalar observables.
void add_answer(nlohmann::ordered_json& report, const model::Sde& sde, const study::Answer& answer);
/// Adds ranks, seconds and provenance.
void finish_report(nlohmann::ordered_json& report, const std::map<std::string, double>& seconds,
                   const io::RunInfo& info);

}  // namespace sgdflux::cli
