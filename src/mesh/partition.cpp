#include "sgdflux/mesh/partition.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::mesh {
namespace {

constexpr std::size_t dimensions = core::max_dimension;

/// Cell faces along which neighbouring ranks touch: what is sent in a halo exchange, per cell of halo width.
Index surface(const Cell& shape, const std::array<bool, dimensions>& periodic, const Cell& processes) {
  Index cells = 1;
  for (const Index extent : shape) {
    cells *= extent;
  }
  Index total = 0;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const Index cuts = processes[d] - 1 + (periodic[d] && processes[d] > 1 ? 1 : 0);
    total += cuts * (cells / shape[d]);
  }
  return total;
}

/// Calls `visit` with every way to write `ranks` as a product of factors, one per axis, none above its axis' cells.
template <class Visit>
void for_each_factorization(Index ranks, const Cell& shape, std::size_t axis, Cell& processes, const Visit& visit) {
  if (axis + 1 == dimensions) {
    if (ranks <= shape[axis]) {
      processes[axis] = ranks;
      visit(processes);
    }
    return;
  }
  for (Index factor = 1; factor <= std::min(ranks, shape[axis]); ++factor) {
    if (ranks % factor == 0) {
      processes[axis] = factor;
      for_each_factorization(ranks / factor, shape, axis + 1, processes, visit);
    }
  }
}

/// The fitting process grid of smallest surface; among equals the one that cuts slow axes, whose boxes are contiguous.
std::optional<Cell> best_process_grid(Index ranks, const Cell& shape, const std::array<bool, dimensions>& periodic) {
  std::optional<Cell> best;
  Index smallest = 0;
  Cell trial{1, 1, 1, 1};
  for_each_factorization(ranks, shape, 0, trial, [&](const Cell& processes) {
    const Index size = surface(shape, periodic, processes);
    if (!best || size <= smallest) {
      best = processes;
      smallest = size;
    }
  });
  return best;
}

/// Ranks that no fitting process grid can use (3 ranks on 2 × 2 cells, or more ranks than cells) are left without
/// cells.
Cell process_grid(Index ranks, const Cell& shape, const std::array<bool, dimensions>& periodic) {
  for (Index used = ranks; used > 1; --used) {
    if (const auto found = best_process_grid(used, shape, periodic)) {
      return *found;
    }
  }
  return {1, 1, 1, 1};
}

std::vector<Index> even_cuts(Index cells, Index parts) {
  std::vector<Index> cuts;
  for (Index i = 0; i <= parts; ++i) {
    cuts.push_back(cells * i / parts);
  }
  return cuts;
}

Box empty_box() {
  Box box;
  box.upper = box.lower;
  return box;
}

Box box_between(const std::array<std::vector<Index>, dimensions>& cuts, const Cell& process) {
  Box box;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const auto part = static_cast<std::size_t>(process[d]);
    box.lower[d] = cuts[d][part];
    box.upper[d] = cuts[d][part + 1];
  }
  return box;
}

}  // namespace

Index Box::cells() const {
  Index count = 1;
  for (int d = 0; d < core::max_dimension; ++d) {
    count *= extent(d);
  }
  return count;
}

bool Box::contains(const Cell& cell) const {
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (cell[d] < lower[d] || cell[d] >= upper[d]) {
      return false;
    }
  }
  return true;
}

Index Box::position(const Cell& cell) const {
  Index result = 0;
  for (std::size_t d = 0; d < dimensions; ++d) {
    result = result * (upper[d] - lower[d]) + (cell[d] - lower[d]);
  }
  return result;
}

Cell Box::cell(Index position) const {
  Cell result{};
  for (std::size_t d = dimensions; d-- > 0;) {
    const Index width = upper[d] - lower[d];
    result[d] = lower[d] + position % width;
    position /= width;
  }
  return result;
}

Layers layers(const Box& box, int axis) {
  Layers result;
  for (int d = 0; d < core::max_dimension; ++d) {
    (d < axis ? result.outer : d == axis ? result.count : result.inner) *= box.extent(d);
  }
  return result;
}

std::vector<Box> pieces(const Box& box, Index most, const std::array<bool, dimensions>& free, Index least) {
  if (box.cells() == 0) {
    return {};
  }
  Cell parts{1, 1, 1, 1};
  Index cells = box.cells();
  for (const bool turn : {true, false}) {
    for (std::size_t d = 0; d < dimensions && cells > most; ++d) {
      const Index extent = box.upper[d] - box.lower[d];
      if (free[d] == turn) {
        parts[d] = std::clamp<Index>((cells + most - 1) / most, 1, std::max<Index>(1, extent / (turn ? 1 : least)));
        cells = (cells + parts[d] - 1) / parts[d];
      }
    }
  }
  Box counter;
  counter.upper = parts;
  std::vector<Box> list;
  for (Index i = 0; i < counter.cells(); ++i) {
    const Cell which = counter.cell(i);
    Box piece;
    for (std::size_t d = 0; d < dimensions; ++d) {
      const Index extent = box.upper[d] - box.lower[d];
      piece.lower[d] = box.lower[d] + extent * which[d] / parts[d];
      piece.upper[d] = box.lower[d] + extent * (which[d] + 1) / parts[d];
    }
    list.push_back(piece);
  }
  return list;
}

int row_axis(const Box& box) {
  int axis = core::max_dimension - 1;
  while (axis > 0 && box.extent(axis) == 1) {
    --axis;
  }
  return axis;
}

Box common_part(const Box& a, const Box& b) {
  Box common;
  for (std::size_t d = 0; d < dimensions; ++d) {
    common.lower[d] = std::max(a.lower[d], b.lower[d]);
    common.upper[d] = std::min(a.upper[d], b.upper[d]);
    if (common.upper[d] <= common.lower[d]) {
      return empty_box();
    }
  }
  return common;
}

Box moved(Box box, const Cell& by) {
  for (std::size_t d = 0; d < dimensions; ++d) {
    box.lower[d] += by[d];
    box.upper[d] += by[d];
  }
  return box;
}

Box widened(Box box, const std::array<bool, dimensions>& axes, Index width) {
  for (std::size_t d = 0; d < dimensions; ++d) {
    box.lower[d] -= axes[d] ? width : 0;
    box.upper[d] += axes[d] ? width : 0;
  }
  return box;
}

Partition::Partition(const Grid& grid, int ranks) : ranks_(ranks), dimension_(grid.dimension()), shape_(grid.shape()) {
  if (ranks < 1) {
    throw core::SettingsError(std::to_string(ranks) + " ranks, at least 1 is needed");
  }
  for (int d = 0; d < dimension_; ++d) {
    periodic_[static_cast<std::size_t>(d)] = grid.axis(d).periodic();
  }
  cut(process_grid(ranks, shape_, periodic_));
}

Partition::Partition(const Partition& other, int axis)
    : ranks_(other.ranks_), dimension_(other.dimension_), shape_(other.shape_), periodic_(other.periodic_) {
  const auto d = static_cast<std::size_t>(axis);
  Cell processes{1, 1, 1, 1};
  processes[d] = std::min<Index>(ranks_, shape_[d]);
  cut(processes);
}

void Partition::cut(const Cell& processes) {
  for (std::size_t d = 0; d < dimensions; ++d) {
    cuts_[d] = even_cuts(shape_[d], processes[d]);
  }
  Box process_box;
  process_box.upper = processes;
  Index offset = 0;
  for (Index rank = 0; rank < ranks_; ++rank) {
    boxes_.push_back(rank < process_box.cells() ? box_between(cuts_, process_box.cell(rank)) : empty_box());
    offsets_.push_back(offset);
    offset += boxes_.back().cells();
  }
}

Box Partition::with_halo(int rank, Index width) const {
  Box box = owned(rank);
  if (box.cells() == 0) {
    return box;
  }
  for (std::size_t d = 0; d < static_cast<std::size_t>(dimension_); ++d) {
    box.lower[d] = periodic_[d] ? box.lower[d] - width : std::max<Index>(box.lower[d] - width, 0);
    box.upper[d] = periodic_[d] ? box.upper[d] + width : std::min(box.upper[d] + width, shape_[d]);
  }
  return box;
}

Cell Partition::wrapped(Cell cell) const {
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (periodic_[d] && (cell[d] < 0 || cell[d] >= shape_[d])) {
      cell[d] = (cell[d] % shape_[d] + shape_[d]) % shape_[d];
    }
  }
  return cell;
}

int Partition::owner(const Cell& cell) const {
  Index process = 0;
  for (std::size_t d = 0; d < dimensions; ++d) {
    assert(cell[d] >= 0 && cell[d] < shape_[d]);
    const auto& cuts = cuts_[d];
    const auto parts = static_cast<Index>(cuts.size()) - 1;
    const Index part =
        parts == 1 ? 0 : std::upper_bound(cuts.begin() + 1, cuts.end() - 1, cell[d]) - (cuts.begin() + 1);
    process = process * parts + part;
  }
  return static_cast<int>(process);
}

Index Partition::number(const Cell& cell) const {
  const int rank = owner(cell);
  return offset(rank) + owned(rank).position(cell);
}

}  // namespace sgdflux::mesh
