#include <algorithm>

#include "la/multigrid_level.hpp"

namespace sgdflux::la::multigrid {
namespace {

bool odd_sum(const Cell& cell) { return ((cell[0] + cell[1] + cell[2] + cell[3]) & 1) != 0; }

/// Values of a row of fine cells: `data[j]` belongs to cell j of the lattice; which of them count.
struct FineRow {
  const double* data;
  Index cells;     // along the row
  bool even_only;  // only cells whose sum of coordinates is even
  bool odd_start;  // cell 0 has an odd sum
};

/// coarse[J − lower] += fine values of the children of J.
void add_children(const FineRow& fine, Index lower, Index upper, bool halved, double* __restrict coarse) {
  const double* __restrict data = fine.data;
  if (!halved) {
    for (Index j = lower; j < upper; ++j) {
      coarse[j - lower] += !fine.even_only || ((j & 1) != 0) == fine.odd_start ? data[j] : 0;
    }
    return;
  }
  for (const Index child : {0, 1}) {
    if (fine.even_only && (child == 1) != fine.odd_start) {
      continue;
    }
    const Index end = std::min(upper, (fine.cells - child + 1) / 2);
    for (Index j = lower; j < end; ++j) {
      coarse[j - lower] += data[2 * j + child];
    }
  }
}

/// Linear interpolation from a coarse density, row by row.
class Interpolation {
 public:
  Interpolation(const View& coarse, const Coarsening& halved, int dimension)
      : coarse_(coarse),
        halved_(halved),
        last_(static_cast<std::size_t>(dimension - 1)),
        stride_(strides(coarse.box)) {}

  /// The coarse values that a row of fine cells lies between, interpolated along all axes but the last.
  void gather(const Cell& fine, Index lower, Index upper) {
    row_.assign(static_cast<std::size_t>(upper - lower), 0);
    lower_ = lower;
    Index begin = std::max(lower, coarse_.box.lower[last_]);
    Index end = std::min(upper, coarse_.box.upper[last_]);
    add(fine, 0, 1, -coarse_.box.lower[last_], begin, end);
    close(lower, upper);
  }
  /// Value at coarse cell J of the row.
  [[nodiscard]] const double* row() const { return row_.data() - lower_; }

 private:
  void add(const Cell& fine, std::size_t axis, double weight, Index offset, Index begin, Index end) {
    if (axis == last_) {
      const double* __restrict from = coarse_.data + offset;
      double* __restrict to = row_.data() - lower_;
      for (Index j = begin; j < end; ++j) {
        to[j] += weight * from[j];
      }
      return;
    }
    const auto at = [&](Index i) { return offset + (i - coarse_.box.lower[axis]) * stride_[axis]; };
    if (!halved_[axis]) {
      return add(fine, axis + 1, weight, at(fine[axis]), begin, end);
    }
    const Index parent = fine[axis] / 2;
    add(fine, axis + 1, 0.75 * weight, at(parent), begin, end);
    add(fine, axis + 1, 0.25 * weight, at(inside(parent + (fine[axis] % 2 == 1 ? 1 : -1), axis)), begin, end);
  }
  [[nodiscard]] Index inside(Index i, std::size_t axis) const {
    return coarse_.periodic[axis] ? i : std::clamp<Index>(i, 0, coarse_.shape[axis] - 1);
  }
  void close(Index lower, Index upper) {
    if (coarse_.periodic[last_]) {
      return;
    }
    if (lower < 0) {
      row_[0] = row_[1];
    }
    if (upper > coarse_.shape[last_]) {
      row_[row_.size() - 1] = row_[row_.size() - 2];
    }
  }

  const View& coarse_;
  const Coarsening& halved_;
  std::size_t last_;
  std::array<Index, axis_count> stride_;
  std::vector<double> row_;
  Index lower_ = 0;
};

/// u[j] += interpolated value for j in [first, last), j of parity `odd`.
void add_between(const double* __restrict coarse, Index first, Index last, bool odd, double* __restrict u) {
  const Index child = odd ? 1 : 0;
  const Index neighbour = odd ? 1 : -1;
  const Index begin = (first - child + 1) / 2;
  const Index end = (last - child + 1) / 2;
  for (Index j = begin; j < end; ++j) {
    u[2 * j + child] += 0.75 * coarse[j] + 0.25 * coarse[j + neighbour];
  }
}

}  // namespace

void Level::restrict_to(const Box& cells, const Coarsening& halved, double* coarse) {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  const Box& box = beside_->box();
  const double* data = residual_apart() ? residual_.data() : values_.data();
  const Index length = cells.upper[last] - cells.lower[last];
  double* to = coarse;
  for_each_line(cells, last, [&](const Cell& cell) {
    std::fill_n(to, length, 0.);
    Box fine;
    for (std::size_t d = 0; d < last; ++d) {
      fine.lower[d] = halved[d] ? 2 * cell[d] : cell[d];
      fine.upper[d] = halved[d] ? std::min(2 * cell[d] + 2, lattice_.cells.shape[d]) : cell[d] + 1;
    }
    for_each_line(fine, last, [&](const Cell& line) {
      Cell at = line;
      at[last] = box.lower[last];
      const FineRow row{data + box.position(at) - box.lower[last], lattice_.cells.shape[last], !residual_apart(),
                        odd_sum(line)};
      add_children(row, cells.lower[last], cells.upper[last], halved[last], to);
    });
    to += length;
  });
}

void Level::prolong(const Box& region, const View& coarse, const Coarsening& halved, bool all) {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  const Box& box = beside_->box();
  Interpolation interpolation(coarse, halved, dimension_);
  const Index first = region.lower[last];
  const Index end = region.upper[last];
  for_each_line(region, last, [&](const Cell& line) {
    Cell at = line;
    at[last] = box.lower[last];
    double* u = values_.data() + box.position(at) - box.lower[last];
    at[last] = 0;
    const bool odd_start = odd_sum(at);
    if (!halved[last]) {
      interpolation.gather(line, first, end);
      const double* from = interpolation.row();
      for (Index j = first; j < end; ++j) {
        u[j] += all || ((j & 1) != 0) != odd_start ? from[j] : 0;
      }
      return;
    }
    interpolation.gather(line, first / 2 - 1, (end - 1) / 2 + 2);
    for (const bool odd : {false, true}) {
      if (all || odd != odd_start) {
        add_between(interpolation.row(), first, end, odd, u);
      }
    }
  });
}

}  // namespace sgdflux::la::multigrid
