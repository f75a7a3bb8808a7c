#pragma once
/// Branches as JSON: points and events as in report.json, and what a run needs to go on (docs/formats.md).
#include <nlohmann/json.hpp>

#include "sgdflux/continuation/branch.hpp"

namespace sgdflux::cli {

/// {parameter, number, verdict, …}
[[nodiscard]] nlohmann::ordered_json point_json(const continuation::Point& point);
/// List of {kind, subject, value, error, what}.
[[nodiscard]] nlohmann::ordered_json events_json(const continuation::Branch& branch);
/// {ended, next_step, mesh, solves}
[[nodiscard]] nlohmann::ordered_json progress_json(const continuation::Branch& branch);

/// A branch that can go on, from {points, events} and the members of progress_json. @throws nlohmann's exceptions and
/// SettingsError for what is not of this form.
[[nodiscard]] continuation::Branch branch_of(const nlohmann::ordered_json& state);

}  // namespace sgdflux::cli
