#include "sgdflux/observe/sampling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::observe {
namespace {

constexpr Index reach = 4;  ///< of the interpolation to either side, in cells
constexpr double shift =
    0.25;  ///< of a cell: a jump is crossed by one of the two shifts if it costs more than a quarter
/// A kink in the middle between two centres moves the shifted sums by ¾ of its error only.
constexpr double safety = 1.5;

/// Values along one axis through a cell and their Lagrange weights at a shifted point.
struct Line {
  std::array<Index, 2 * reach> positions{};
  std::array<double, 2 * reach> weights{};
  std::size_t count = 0;
};

double lagrange(double at, Index j, Index first, Index last) {
  double weight = 1;
  for (Index k = first; k <= last; ++k) {
    weight *= k == j ? 1 : (at - static_cast<double>(k)) / static_cast<double>(j - k);
  }
  return weight;
}

/// Eight neighbours (fewer on short axes), one-sided next to ends.
Line line(const mesh::Axis& axis, const mesh::Box& halo, mesh::Cell cell, int d, double at) {
  const auto e = static_cast<std::size_t>(d);
  const Index i = cell[e];
  Index first = i - reach + (at > 0 ? 1 : 0);
  Index last = first + 2 * reach - 1;
  if (!axis.periodic()) {
    const Index move = std::max<Index>(0, -first) - std::max<Index>(0, last - axis.cells() + 1);
    first = std::max(first + move, halo.lower[e]);
    last = std::min(last + move, halo.upper[e] - 1);
  }
  Line result;
  for (Index j = first; j <= last; ++j) {
    cell[e] = j;
    result.positions[result.count] = halo.position(cell);
    result.weights[result.count] = lagrange(at, j - i, first - i, last - i);
    ++result.count;
  }
  return result;
}

double interpolated(const Line& line, const Eigen::ArrayXd& values) {
  double sum = 0;
  for (std::size_t k = 0; k < line.count; ++k) {
    sum += line.weights[k] * values(line.positions[k]);
  }
  return sum;
}

/// By the logarithm where all values are positive.
double density_between(const Line& line, const Eigen::ArrayXd& density, const Eigen::ArrayXd& logarithm) {
  for (std::size_t k = 0; k < line.count; ++k) {
    if (!(density(line.positions[k]) > 0)) {
      return interpolated(line, density);
    }
  }
  return std::exp(interpolated(line, logarithm));
}

bool has_wall(const mesh::Axis& axis) {
  const auto wall = [](mesh::Boundary b) { return b == mesh::Boundary::reflecting || b == mesh::Boundary::absorbing; };
  return wall(axis.spec().lower) || wall(axis.spec().upper);
}

struct Fields {
  const mesh::Box& box;
  const Eigen::ArrayXd& values;
  const Eigen::ArrayXd& density;
  Eigen::ArrayXd logarithm;
};

/// |change of the sum| when all points move by `at` cells along axis d, by the better of the two variants.
double change(const State& state, const Fields& fields, const Eigen::ArrayXd& centred, const Eigen::ArrayXd& moved,
              int d, double at) {
  const auto& axis = state.grid.axis(d);
  double remainder = 0;
  double product = 0;
  for (Index i = 0; i < state.owned.cells(); ++i) {
    const Line along = line(axis, fields.box, state.owned.cell(i), d, at);
    const double p = density_between(along, fields.density, fields.logarithm);
    const double f = std::isfinite(moved(i)) ? moved(i) : centred(i);
    remainder += (f - interpolated(along, fields.values)) * p;
    product += f * p - centred(i) * state.density(i);
  }
  const double first = std::abs(la::sum(state.comm, remainder)) * state.grid.cell_volume();
  const double second = std::abs(la::sum(state.comm, product)) * state.grid.cell_volume();
  return has_wall(axis) ? first : std::min(first, second);
}

}  // namespace

double sampling_error(const State& state, const Eigen::ArrayXd& values,
                      const std::function<Eigen::ArrayXd(const Batch&)>& f) {
  const double centre = mean(state, values);
  const la::Halo halo(state.comm, state.partition, 2 * reach - 1);
  const Eigen::ArrayXd around = halo.exchange(values - centre);
  const Eigen::ArrayXd density = halo.exchange(state.density);
  const Fields fields{halo.box(), around, density, density.max(std::numeric_limits<double>::min()).log()};
  const Batch xi = fv::centres(state.grid, state.owned);
  double total = 0;
  for (int d = 0; d < state.grid.dimension(); ++d) {
    double largest = 0;
    for (const double at : {-shift, shift}) {
      Batch moved = xi;
      moved.col(d) += at * state.grid.axis(d).spacing();
      largest =
          std::max(largest, change(state, fields, values - centre, f(fv::physical(state.grid, moved)) - centre, d, at));
    }
    total += largest;
  }
  return safety * total;
}

}  // namespace sgdflux::observe
