#pragma once
/// What runs ended in, as JSON: in the summary of a sweep, on the way between ranks, and in the reports that runs
/// leave.
#include <nlohmann/json_fwd.hpp>

#include "run.hpp"

namespace sgdflux::cli {

/// {verdict, exit_code, observables[, reason]}
[[nodiscard]] nlohmann::ordered_json outcome_json(const Outcome& outcome);

/// Places of events as a sweep lists them: kind or kind.subject; what happens again is kind.2, ….
[[nodiscard]] std::map<std::string, core::Estimate> event_results(const nlohmann::ordered_json& events);

/// The inverse. @throws FileError for JSON that is not of this form.
[[nodiscard]] Outcome outcome_from(const nlohmann::ordered_json& json);

/// The outcome of a run from the report that it has left: what the command gave to a sweep when it ended, from where it
/// stands in its report (docs/formats.md). @throws FileError for a report that lacks it.
[[nodiscard]] Outcome outcome_of_report(const nlohmann::ordered_json& report);

}  // namespace sgdflux::cli
