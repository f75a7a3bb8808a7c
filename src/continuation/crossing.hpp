#pragma once
/// Signs of functions of events.
#include <cmath>

namespace sgdflux::continuation {

/// Whether a function with these values at neighbouring points crosses zero between them. Zero counts as negative, so
/// that a zero at a point belongs to one of its two intervals. Without a value there is no crossing.
[[nodiscard]] inline bool crosses(double at_a, double at_b) {
  return !std::isnan(at_a) && !std::isnan(at_b) && (at_a > 0) != (at_b > 0);
}

}  // namespace sgdflux::continuation
