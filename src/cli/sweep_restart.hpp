#pragma once
/// What an earlier run of a sweep has left in its folders.
#include <optional>
#include <string>
#include <vector>

#include "run.hpp"

namespace sgdflux::cli {

/// Outcomes of the points whose folder holds a complete report of the same command, settings, inputs, PETSc options,
/// format and program; and what to say of reports that are others'.
struct Earlier {
  std::vector<std::optional<Outcome>> outcomes;  ///< one per point
  std::string remark;
};

/// By sweep.restart: off finds nothing, auto what fits, `on` refuses a report that does not. For one rank.
/// @throws SettingsError naming the first difference; FileError where sweep.restart = on meets a damaged report.
[[nodiscard]] Earlier earlier_outcomes(const core::Settings& settings, const std::vector<Run>& runs);

}  // namespace sgdflux::cli
