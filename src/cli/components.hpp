#pragma once
/// Ergodic components in reports and on the terminal.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "output.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// Adds `components` and `points` where the answer tells parts apart.
void add_components(nlohmann::ordered_json& report, const study::StationaryAnswer& answer);

/// component.<k>.csv: the density of each component, in one variable. Collective.
void write_components(const study::StationaryAnswer& answer, OutputDirectory& directory);

/// A table of the components: a column each with weight and observables. Empty where there are none.
[[nodiscard]] std::vector<std::string> component_lines(const study::StationaryAnswer& answer);

}  // namespace sgdflux::cli
