#pragma once
/// Where lines meet.
#include <functional>
#include <optional>

#include "sgdflux/continuation/lines.hpp"

namespace sgdflux::continuation {

/// A line with the means to find it between its points.
struct TracedLine {
  const Line* line = nullptr;
  std::function<std::optional<LinePoint>(double second)> at;
};

/// All points that two of the lines share. Collective.
[[nodiscard]] std::vector<LineCrossing> line_crossings(const std::vector<TracedLine>& lines, double tolerance);

}  // namespace sgdflux::continuation
