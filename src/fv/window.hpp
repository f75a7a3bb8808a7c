#pragma once
/// Values behind surfaces in the rectangular stencils of mixed derivatives.
#include <array>

#include "sgdflux/fv/region.hpp"

namespace sgdflux::fv {

/// Cells first … last relative to a base cell.
struct Span {
  int first;
  int last;
};

/// The lines through an inactive cell that stay inside the window base + span_i × span_j: along both axes and through
/// the base cell.
[[nodiscard]] std::array<Line, 3> lines_of_window(const mesh::Cell& cell, const mesh::Cell& base, int i, int j,
                                                  const Span& span_i, const Span& span_j, const Region& region);

}  // namespace sgdflux::fv
