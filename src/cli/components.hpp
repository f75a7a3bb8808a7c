#pragma once
/// Ergodic components in reports and on the terminal.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// Adds `components` and `points` where the answer tells parts apart.
void add_components(nlohmann::ordered_json& report, const study::StationaryAnswer& answer);

/// A table of the components: a column each with weight and observables. Empty where there are none.
[[nodiscard]] std::vector<std::string> component_lines(const study::StationaryAnswer& answer);

}  // namespace sgdflux::cli
