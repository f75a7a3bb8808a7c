#pragma once
/// Points and events of a branch as tables: branch.csv, events.csv and the summary.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "output.hpp"
#include "sgdflux/continuation/branch.hpp"

namespace sgdflux::cli {

/// branch.csv: the parameter, every observable and derivative with its error; `points` as in report.json. Collective.
void write_tables(const nlohmann::ordered_json& points, const std::string& parameter, OutputDirectory& directory);

/// kind, subject, value, error
[[nodiscard]] std::string events_csv(const continuation::Branch& branch);
[[nodiscard]] std::vector<std::vector<std::string>> event_rows(const continuation::Branch& branch);

/// A dozen points of the branch with four quantities: those of [observe], `own`, first. `model` as in report.json.
[[nodiscard]] std::vector<std::vector<std::string>> point_rows(const nlohmann::ordered_json& points,
                                                               const std::string& parameter,
                                                               const nlohmann::ordered_json& model,
                                                               const std::vector<std::string>& own);

}  // namespace sgdflux::cli
