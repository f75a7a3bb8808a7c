#pragma once
/// [lines]: the second parameter, along which the events of a branch are traced.
#include <nlohmann/json_fwd.hpp>

#include "output.hpp"
#include "sgdflux/continuation/branch.hpp"
#include "sgdflux/continuation/lines.hpp"
#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

[[nodiscard]] bool has_lines(const core::Settings& settings);

/// Validates [lines]: a number like continue.parameter, another one, whose value in the settings lies between from and
/// to. @throws SettingsError
void check_lines(const core::Settings& settings);

/// Traces every event to both ends. {lines, crossings} as in report.json. Collective.
[[nodiscard]] nlohmann::ordered_json trace_lines(MPI_Comm comm, const core::Settings& settings,
                                                 const continuation::Branch& branch,
                                                 const std::function<void(const std::string&, double)>& progress);

/// lines.csv: kind, subject, second parameter, first parameter, error. Collective.
void write_lines(const nlohmann::ordered_json& traced, OutputDirectory& directory);

/// A line and its ends, a crossing and its place: for the summary.
[[nodiscard]] std::vector<std::string> line_texts(const nlohmann::ordered_json& traced);

}  // namespace sgdflux::cli
