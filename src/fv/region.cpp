#include "sgdflux/fv/region.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <sstream>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Cell;

/// |B|h/A along an axis from which on its noise says nothing about what happens at a surface.
constexpr double noiseless = 1e3;
/// Stable and second order where information only travels.
constexpr int linear = 2;
/// Centres on the surface would have infinite rates.
constexpr double least_distance = 1e-10;

Cell moved(Cell cell, const Cell& step, int times) {
  for (std::size_t d = 0; d < cell.size(); ++d) {
    cell[d] += times * step[d];
  }
  return cell;
}

[[noreturn]] void refuse_nan(const mesh::Grid& grid, const Batch& x, Eigen::Index row) {
  std::ostringstream text;
  text.precision(6);
  for (int d = 0; d < grid.dimension(); ++d) {
    text << (d > 0 ? ", " : "") << grid.axis(d).name() << " = " << x(row, d);
  }
  throw core::SettingsError("the formula of the absorbing set is NaN at " + text.str() +
                            ": change it or keep the mesh away from that point");
}

/// @param towards the component into the surface of the velocity that carries this kind of function.
Closure closure(double towards, double diffusion, double spacing, int half_width) {
  if (!(std::abs(towards) * spacing > noiseless * diffusion)) {
    return {true, closure_cells(half_width), false};
  }
  return {towards < 0, linear, true};
}

}  // namespace

Eigen::ArrayXd level(const mesh::Grid& grid, const AbsorbingSet& absorbing, const BatchView& xi) {
  const Batch x = physical(grid, xi);
  Eigen::ArrayXd g = absorbing(x);
  for (Eigen::Index row = 0; row < g.size(); ++row) {
    if (std::isnan(g(row))) {
      refuse_nan(grid, x, row);
    }
  }
  return g;
}

Closure forward_closure(double drift, double diffusion, double spacing, int side, int half_width) {
  return closure(side * drift, diffusion, spacing, half_width);
}

Closure backward_closure(double drift, double diffusion, double spacing, int side, int half_width) {
  return closure(-side * drift, diffusion, spacing, half_width);
}

mesh::Cell unit_step(int axis, int side) {
  Cell step{};
  step[static_cast<std::size_t>(axis)] = side;
  return step;
}

Region::Region(const mesh::Grid& grid, const AbsorbingSet& absorbing, const mesh::Box& box)
    : grid_(grid), absorbing_(absorbing), box_(box), active_(active_cells(grid, absorbing, box)) {}

bool Region::active(Cell cell) const {
  for (int d = 0; d < grid_.dimension(); ++d) {
    const auto& axis = grid_.axis(d);
    Index& at = cell[static_cast<std::size_t>(d)];
    if (!axis.periodic() && (at < 0 || at >= axis.cells())) {
      if ((at < 0 ? axis.spec().lower : axis.spec().upper) == mesh::Boundary::absorbing) {
        return false;
      }
      at = std::clamp<Index>(at, 0, axis.cells() - 1);
    }
  }
  return active_(box_.position(cell));
}

double Region::distance(const Cell& last, const Cell& step) const {
  const auto [at, fresh] = distances_.try_emplace({box_.position(last), step}, 0.);
  if (fresh) {
    at->second = measure(last, step);
  }
  return at->second;
}

/// The first absorbing end of an axis on the way, in steps; 1 if there is none before the next cell.
double Region::to_end(const Cell& last, const Cell& step) const {
  double nearest = 1;
  for (int d = 0; d < grid_.dimension(); ++d) {
    const auto i = static_cast<std::size_t>(d);
    const auto& axis = grid_.axis(d);
    const Index next = last[i] + step[i];
    if (!axis.periodic() && (next < 0 || next >= axis.cells())) {
      const auto whole = static_cast<double>(next < 0 ? last[i] : axis.cells() - 1 - last[i]);
      nearest = std::min(nearest, (whole + 0.5) / static_cast<double>(std::abs(step[i])));
    }
  }
  return nearest;
}

double Region::measure(const Cell& last, const Cell& step) const {
  const double end = to_end(last, step);
  if (!absorbing_) {
    return end;
  }
  mesh::Box one;
  one.lower = last;
  one.upper = last;
  std::for_each(one.upper.begin(), one.upper.end(), [](Index& at) { ++at; });
  const Batch centre = centres(grid_, one);
  const auto g = [&](double t) {
    Batch xi = centre;
    for (int d = 0; d < grid_.dimension(); ++d) {
      const auto& along = grid_.axis(d);
      xi(0, d) += t * static_cast<double>(step[static_cast<std::size_t>(d)]) * along.spacing();
      if (along.periodic()) {
        const double length = static_cast<double>(along.cells()) * along.spacing();
        xi(0, d) -= length * std::floor((xi(0, d) - along.face(0)) / length);
      }
    }
    // Interpolation of infinite values would make NaN of them.
    return std::clamp(level(grid_, absorbing_, xi)(0), -1e100, 1e100);
  };
  const double here = g(0);
  const double there = g(end);
  if (!(there > 0)) {
    return end;
  }
  if (here >= 0) {
    return least_distance;
  }
  std::uintmax_t iterations = 200;
  const auto bracket = boost::math::tools::toms748_solve(g, 0., end, here, there,
                                                         boost::math::tools::eps_tolerance<double>(50), iterations);
  return std::max(0.5 * (bracket.first + bracket.second), least_distance);
}

int Region::run(const Line& line) const {
  Index most = line.room;
  for (int d = 0; d < grid_.dimension(); ++d) {
    most = std::min(most, line.step[static_cast<std::size_t>(d)] != 0 ? grid_.axis(d).cells() : most);
  }
  Cell cell = line.last;
  int length = 0;
  while (length < most && box_.contains(cell) && active(cell)) {
    cell = moved(cell, line.step, -1);
    ++length;
  }
  return length;
}

Extrapolation Region::through_zero(const Line& line, int cells, int available) const {
  const double to_surface = distance(line.last, line.step);
  const int first = to_surface < too_near ? 1 : 0;
  const Cell end = moved(line.last, line.step, 1 - available);
  const Cell back = moved({}, line.step, -1);
  if (available >= first + cells || active(moved(end, back, 1))) {
    return extrapolation(to_surface, line.beyond, std::clamp(available - first, 0, cells));
  }
  const double to_other = distance(end, back);
  const int between = available - first - (to_other < too_near ? 1 : 0);
  return extrapolation(to_surface, line.beyond, std::max(between, 0), available - 1 + to_other);
}

LineSum Region::beyond(const Line& line, const Closure& closure) const {
  const int available = run(line);
  const Extrapolation sum = closure.zero ? through_zero(line, closure.cells, available)
                                         : free_extrapolation(line.beyond, std::min(closure.cells, available));
  LineSum result;
  for (; result.size < sum.weights.size(); ++result.size) {
    result.cell[static_cast<std::size_t>(result.size)] = moved(line.last, line.step, -(sum.first + result.size));
    result.weight[static_cast<std::size_t>(result.size)] = sum.weights(result.size);
  }
  return result;
}

Line Region::land(const Cell& cell, const Cell& step, int steps) const {
  for (int n = 1; n <= steps; ++n) {
    const Cell at = moved(cell, step, -n);
    if (box_.contains(at) && active(at)) {
      return {at, step, n, std::min(steps - n + 1, LineSum::capacity)};
    }
  }
  return {};
}

LineSum Region::best(const std::array<Line, 3>& lines, const Closure& closure) const {
  LineSum chosen;
  int beyond_chosen = 0;
  for (const Line& line : lines) {
    if (line.beyond == 0) {
      continue;
    }
    const LineSum sum = beyond(line, closure);
    if (sum.size > chosen.size || (sum.size > 0 && sum.size == chosen.size && line.beyond < beyond_chosen)) {
      chosen = sum;
      beyond_chosen = line.beyond;
    }
  }
  return chosen;
}

Coefficients Region::coefficients(const model::Sde& sde) const {
  std::vector<Index> rows;
  for (Index position = 0; position < box_.cells(); ++position) {
    if (active_(position)) {
      rows.push_back(position);
    }
  }
  const int dim = grid_.dimension();
  Coefficients result{Batch::Zero(box_.cells(), dim), Batch::Zero(box_.cells(), dim * (dim + 1) / 2)};
  if (rows.empty()) {
    return result;
  }
  const Batch xi = centres(grid_, box_);
  const Coefficients some = finite_coefficients(sde, grid_, Batch(xi(rows, Eigen::all)));
  result.drift(rows, Eigen::all) = some.drift;
  result.diffusion(rows, Eigen::all) = some.diffusion;
  return result;
}

}  // namespace sgdflux::fv
