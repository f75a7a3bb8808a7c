#include "fv/window.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace sgdflux::fv {
namespace {

/// Steps against `step` from `at` that stay inside the span.
int steps_inside(int at, int step, const Span& span) {
  if (step == 0) {
    return std::numeric_limits<int>::max();
  }
  return step > 0 ? (at - span.first) / step : (span.last - at) / -step;
}

}  // namespace

std::array<Line, 3> lines_of_window(const mesh::Cell& cell, const mesh::Cell& base, int i, int j, const Span& span_i,
                                    const Span& span_j, const Region& region) {
  const auto k = static_cast<int>(cell[static_cast<std::size_t>(i)] - base[static_cast<std::size_t>(i)]);
  const auto l = static_cast<int>(cell[static_cast<std::size_t>(j)] - base[static_cast<std::size_t>(j)]);
  const int divisor = std::max(1, std::gcd(k, l));
  const auto line = [&](int step_i, int step_j) -> Line {
    if (step_i == 0 && step_j == 0) {
      return {};
    }
    mesh::Cell step{};
    step[static_cast<std::size_t>(i)] = step_i;
    step[static_cast<std::size_t>(j)] = step_j;
    return region.land(cell, step, std::min(steps_inside(k, step_i, span_i), steps_inside(l, step_j, span_j)));
  };
  return {line(k < 0 ? -1 : 1, 0), line(0, l < 0 ? -1 : 1), line(k / divisor, l / divisor)};
}

}  // namespace sgdflux::fv
