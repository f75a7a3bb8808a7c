#include "sgdflux/observe/sampling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::observe {
namespace {

using Array = Eigen::ArrayXd;
using Function = std::function<Array(const Batch&)>;

constexpr Index reach = 4;  ///< of the interpolation to either side, in cells
constexpr double shift =
    0.25;  ///< of a cell: a jump is crossed by one of the two shifts if it costs more than a quarter
/// A kink in the middle between two centres moves the shifted sums by ¾ of its error only.
constexpr double safety = 1.5;
constexpr Index piece_cells = 1 << 13;

/// Cells of an axis around one of its cells, counted from that, and their Lagrange weights at a point next to it.
struct Stencil {
  Index first = 0;
  Index count = 0;
  std::array<double, 2 * reach> weights{};
  bool operator==(const Stencil&) const = default;
};

double lagrange(double at, Index j, Index first, Index last) {
  double weight = 1;
  for (Index k = first; k <= last; ++k) {
    weight *= k == j ? 1 : (at - static_cast<double>(k)) / static_cast<double>(j - k);
  }
  return weight;
}

/// Eight neighbours (fewer on short axes), one-sided next to ends.
Stencil stencil(const mesh::Axis& axis, Index cell, double at) {
  Index first = cell - reach + (at > 0 ? 1 : 0);
  Index last = first + 2 * reach - 1;
  if (!axis.periodic()) {
    const Index move = std::max<Index>(0, -first) - std::max<Index>(0, last - axis.cells() + 1);
    first = std::max<Index>(first + move, 0);
    last = std::min(last + move, axis.cells() - 1);
  }
  Stencil result{first - cell, last - first + 1, {}};
  for (Index j = first; j <= last; ++j) {
    result.weights[static_cast<std::size_t>(j - first)] = lagrange(at, j - cell, first - cell, last - cell);
  }
  return result;
}

bool has_wall(const mesh::Axis& axis) {
  const auto wall = [](mesh::Boundary b) { return b == mesh::Boundary::reflecting || b == mesh::Boundary::absorbing; };
  return wall(axis.spec().lower) || wall(axis.spec().upper);
}

/// The cells that interpolation along an axis reads.
mesh::Box widened(const mesh::Axis& axis, mesh::Box cells, std::size_t d) {
  cells.lower[d] -= cells.cells() > 0 ? 2 * reach - 1 : 0;
  cells.upper[d] += cells.cells() > 0 ? 2 * reach - 1 : 0;
  if (!axis.periodic()) {
    cells.lower[d] = std::max<Index>(0, cells.lower[d]);
    cells.upper[d] = std::min(axis.cells(), cells.upper[d]);
  }
  return cells;
}

/// What is interpolated: f less its mean, the density and its logarithm, on a box that is wide along one axis.
struct Fields {
  mesh::Box box;
  Array values;
  Array density;
  Array logarithm;
};

Fields fields(const State& state, const mesh::Box& wide, const mesh::Box& around, const Array& density, double centre,
              const Function& f) {
  Fields result{wide, f(fv::points(state.grid, wide)) - centre, Array(wide.cells()), {}};
  Index to = 0;
  mesh::for_each_row(around, wide, [&](const mesh::Cell&, Index at, Index length) {
    result.density.segment(to, length) = density.segment(at, length);
    to += length;
  });
  result.logarithm = result.density.max(std::numeric_limits<double>::min()).log();
  return result;
}

/// Sums over cells whose points have moved, of both variants.
struct Change {
  double remainder = 0;
  double product = 0;
};

/// Adds a run of cells, contiguous in the arrays: `moved` are their values, `at` is the position of the first cell of
/// the first one's stencil among the fields, `own` that of the first one itself; cells of a stencil are `step` apart.
void add(const Stencil& along, const Fields& fields, Index at, Index own, Index step,
         const Eigen::Ref<const Array>& moved, Change& change) {
  const Index n = moved.size();
  Array value = Array::Zero(n);
  Array linear = Array::Zero(n);
  Array logarithm = Array::Zero(n);
  Array least = Array::Constant(n, std::numeric_limits<double>::infinity());
  for (Index k = 0; k < along.count; ++k) {
    const double weight = along.weights[static_cast<std::size_t>(k)];
    const auto density = fields.density.segment(at + k * step, n);
    value += weight * fields.values.segment(at + k * step, n);
    linear += weight * density;
    logarithm += weight * fields.logarithm.segment(at + k * step, n);
    least = least.min(density);
  }
  // By the logarithm where all values are positive.
  const Array p = (least > 0).select(logarithm.exp(), linear);
  const auto centred = fields.values.segment(own, n);
  const Array f = moved.isFinite().select(moved, centred);
  change.remainder += ((f - value) * p).sum();
  change.product += (f * p - centred * fields.density.segment(own, n)).sum();
}

/// All points of a piece, which holds all owned cells of its lines along axis d, moved by `at` cells.
void add_piece(const mesh::Axis& axis, const mesh::Box& piece, int d, double at, const Fields& fields,
               const Array& moved, Change& change) {
  const auto e = static_cast<std::size_t>(d);
  const mesh::Layers view = mesh::layers(piece, d);
  const mesh::Layers wide = mesh::layers(fields.box, d);
  const Index margin = piece.lower[e] - fields.box.lower[e];
  for (Index begin = 0, end = 0; begin < view.count; begin = end) {
    const Stencil along = stencil(axis, piece.lower[e] + begin, at);
    while (end < view.count && stencil(axis, piece.lower[e] + end, at) == along) {
      ++end;
    }
    for (Index o = 0; o < view.outer; ++o) {
      const Index own = (o * wide.count + margin + begin) * view.inner;
      add(along, fields, own + along.first * view.inner, own, view.inner,
          moved.segment((o * view.count + begin) * view.inner, (end - begin) * view.inner), change);
    }
  }
}

std::vector<mesh::Box> pieces_along(const mesh::Box& owned, int d) {
  std::array<bool, core::max_dimension> free{true, true, true, true};
  free[static_cast<std::size_t>(d)] = false;
  return mesh::pieces(owned, piece_cells, free, std::max<Index>(1, owned.extent(d)));
}

/// |change of the sum| when all points move a quarter of a cell down or up an axis, by the better of the two variants.
double change_along(const State& state, int d, double centre, const Function& f) {
  const auto& axis = state.grid.axis(d);
  const auto e = static_cast<std::size_t>(d);
  const mesh::Box around = widened(axis, state.owned, e);
  const Array density = la::values_on(state.comm, state.partition, state.density, around);
  std::array<Change, 2> changes;
  la::guard(state.comm, [&] {
    for (const mesh::Box& piece : pieces_along(state.owned, d)) {
      const Fields local = fields(state, widened(axis, piece, e), around, density, centre, f);
      for (const std::size_t up : {0, 1}) {
        const double at = up == 1 ? shift : -shift;
        const Array moved = f(fv::points(state.grid, piece, d, at * axis.spacing())) - centre;
        add_piece(axis, piece, d, at, local, moved, changes[up]);
      }
    }
  });
  double largest = 0;
  for (const Change& change : changes) {
    const double first = std::abs(la::sum(state.comm, change.remainder)) * state.grid.cell_volume();
    const double second = std::abs(la::sum(state.comm, change.product)) * state.grid.cell_volume();
    largest = std::max(largest, has_wall(axis) ? first : std::min(first, second));
  }
  return largest;
}

}  // namespace

double sampling_error(const State& state, double centre, const Function& f) {
  double total = 0;
  for (int d = 0; d < state.grid.dimension(); ++d) {
    total += change_along(state, d, centre, f);
  }
  return safety * total;
}

}  // namespace sgdflux::observe
