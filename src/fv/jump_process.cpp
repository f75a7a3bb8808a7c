#include "fv/jump_process.hpp"

#include <algorithm>
#include <cmath>

#include "fv/lattice_noise.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

/// Largest |z| of a jump where detailed balance fails. Rates stay positive up to 2; nearer to it coarse grids lose more
/// than fine ones gain (docs/numerics.md).
constexpr double largest_bias = 1;
/// Weight, relative to tr D, of the axis jumps of cells that lose a jump to a wall.
constexpr double wall_weight = 1e-6;

double bernoulli(double z) { return z == 0 ? 1 : z / std::expm1(z); }

/// Cells of the box whose upper neighbour along an axis is in the box, and their centres.
struct AxisEdges {
  std::vector<Index> rows;
  Batch start;
};

AxisEdges axis_edges(const mesh::Grid& grid, const Box& box, int axis) {
  AxisEdges edges;
  for (Index row = 0; row < box.cells(); ++row) {
    if (box.contains(moved(box.cell(row), unit_step(axis, 1)))) {
      edges.rows.push_back(row);
    }
  }
  edges.start = centres(grid, box)(edges.rows, Eigen::all);
  return edges;
}

}  // namespace

std::vector<LatticeStep> staircase(const Cell& offset, bool reversed) {
  struct Crossing {
    double time;
    LatticeStep step;
  };
  std::vector<Crossing> crossings;
  for (std::size_t i = 0; i < offset.size(); ++i) {
    const std::size_t d = reversed ? offset.size() - 1 - i : i;
    const Index count = std::abs(offset[d]);
    for (Index k = 0; k < count; ++k) {
      crossings.push_back(
          {(static_cast<double>(k) + 0.5) / static_cast<double>(count), {static_cast<int>(d), offset[d] > 0 ? 1 : -1}});
    }
  }
  std::stable_sort(crossings.begin(), crossings.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  std::vector<LatticeStep> steps;
  for (const Crossing& crossing : crossings) {
    steps.push_back(crossing.step);
  }
  return steps;
}

JumpProcess::JumpProcess(const Discretisation& problem, const Box& cells)
    : problem_(problem), dim_(problem.grid.dimension()), around_(surroundings(problem, cells)) {
  decompose_cells();
  if (problem.noise.balanced) {
    integrate_exponents();
  } else {
    find_biases();
  }
}

void JumpProcess::decompose_cells() {
  const Index count = around_.box.cells();
  CellDecomposition cells(problem_.grid);
  trace_.resize(count);
  floor_.resize(count);
  for (Index row = 0; row < count; ++row) {
    const LatticeTensor tensor = lattice_tensor(problem_.grid, around_.coefficients, row);
    const LatticeTerms& terms = cells.of(tensor);
    trace_(row) = tensor.trace();
    floor_(row) = terms.floor;
    first_.push_back(terms_.size());
    for (std::size_t k = 0; k < static_cast<std::size_t>(terms.size); ++k) {
      terms_.push_back({terms.offset[k], terms.weight[k]});
    }
  }
  first_.push_back(terms_.size());
}

void JumpProcess::integrate_exponents() {
  exponents_ = Batch::Zero(around_.box.cells(), dim_);
  for (int d = 0; d < dim_; ++d) {
    const AxisEdges edges = axis_edges(problem_.grid, around_.box, d);
    exponents_(edges.rows, d) = edge_exponents(problem_.sde, problem_.grid, edges.start, d);
  }
}

void JumpProcess::find_biases() {
  const Index count = around_.box.cells();
  slopes_.resize(count, dim_);
  remainders_ = around_.coefficients.drift;
  for (int d = 0; d < dim_; ++d) {
    remainders_.col(d) /= problem_.grid.axis(d).spacing();
  }
  for (Index row = 0; row < count; ++row) {
    slopes_.row(row) = log_density_slope(lattice_tensor(problem_.grid, around_.coefficients, row),
                                         remainders_.row(row).transpose().matrix())
                           .transpose()
                           .array();
    double largest = 0;
    for (const Term& term : terms(row)) {
      largest = std::max(largest, std::abs(bias(row, term.offset)));
    }
    slopes_.row(row) *= std::min(1., largest_bias / std::max(largest, 1e-300));
    for (const Term& term : terms(row)) {
      const double carried = 0.5 * term.weight * bias(row, term.offset);
      for (int d = 0; d < dim_; ++d) {
        remainders_(row, d) -= carried * static_cast<double>(term.offset[static_cast<std::size_t>(d)]);
      }
    }
  }
}

std::span<const JumpProcess::Term> JumpProcess::terms(Index row) const {
  const auto at = static_cast<std::size_t>(row);
  return std::span(terms_).subspan(first_[at], first_[at + 1] - first_[at]);
}

JumpProcess::Place JumpProcess::place(const Cell& cell) const {
  bool absorbed = false;
  for (int d = 0; d < dim_; ++d) {
    const auto& axis = problem_.grid.axis(d);
    const Index at = cell[static_cast<std::size_t>(d)];
    if (!axis.periodic() && (at < 0 || at >= axis.cells())) {
      if ((at < 0 ? axis.spec().lower : axis.spec().upper) != mesh::Boundary::absorbing) {
        return Place::beyond_wall;
      }
      absorbed = true;
    }
  }
  if (!absorbed && !around_.box.contains(cell)) {
    return Place::elsewhere;
  }
  return !absorbed && (!around_.region || around_.region->active(cell)) ? Place::inside : Place::absorbed;
}

double JumpProcess::bias(Index row, const Cell& offset) const {
  double sum = 0;
  for (int d = 0; d < dim_; ++d) {
    sum += slopes_(row, d) * static_cast<double>(offset[static_cast<std::size_t>(d)]);
  }
  return sum;
}

Jump JumpProcess::balanced_jump(const Cell& from, const Cell& offset, double weight) const {
  double sum = 0;
  Cell at = from;
  for (const LatticeStep& step : staircase(offset)) {
    const Cell next = moved(at, unit_step(step.axis, step.side));
    sum += step.side * exponents_(around_.box.position(step.side > 0 ? at : next), step.axis);
    at = next;
  }
  // Half of the jump: the cell at its other end contributes the rest.
  return {from, offset, 0.25 * weight * bernoulli(-sum), 0.25 * weight * bernoulli(sum), false};
}

Jump JumpProcess::jump_out(Index row, const Cell& offset, double weight, bool absorbed) const {
  const Cell from = around_.box.cell(row);
  const double share = absorbed ? around_.region->distance(from, offset) : 1;
  // The axis jumps of cells at walls are none of the terms that the scaling looked at.
  const double z = std::clamp(bias(row, offset), -largest_bias, largest_bias);
  const double rate = 0.5 * weight / share * (1 + 0.5 * share * z);
  return {from, offset, rate, 0, absorbed};
}

bool JumpProcess::add(Index row, const Cell& offset, double weight, std::vector<Jump>& jumps) const {
  const Cell from = around_.box.cell(row);
  const Place target = place(moved(from, offset));
  if (target == Place::inside || target == Place::absorbed) {
    jumps.push_back(problem_.noise.balanced ? balanced_jump(from, offset, weight)
                                            : jump_out(row, offset, weight, target == Place::absorbed));
  }
  return target != Place::beyond_wall;
}

void JumpProcess::add_upwind(Index row, std::vector<Jump>& jumps) const {
  const Cell from = around_.box.cell(row);
  for (int d = 0; d < dim_; ++d) {
    const int side = remainders_(row, d) > 0 ? 1 : -1;
    const Cell step = unit_step(d, side);
    const Place target = place(moved(from, step));
    if (target == Place::inside || target == Place::absorbed) {
      jumps.push_back({from, step, std::abs(remainders_(row, d)), 0, target == Place::absorbed});
    }
  }
}

void JumpProcess::collect(Index row, std::vector<Jump>& jumps) const {
  if (place(around_.box.cell(row)) != Place::inside) {
    return;
  }
  bool whole = true;
  for (const Term& term : terms(row)) {
    for (const int side : {1, -1}) {
      whole = add(row, moved({}, term.offset, side), term.weight, jumps) && whole;
    }
  }
  for (int d = 0; !whole && d < dim_; ++d) {
    for (const int side : {1, -1}) {
      add(row, unit_step(d, side), wall_weight * trace_(row), jumps);
    }
  }
  if (!problem_.noise.balanced) {
    add_upwind(row, jumps);
  }
}

double JumpProcess::added_diffusion(Index row) const {
  if (problem_.noise.balanced || !(trace_(row) > 0)) {
    return 0;
  }
  return dim_ * floor_(row) + remainders_.row(row).abs().sum() / trace_(row);
}

}  // namespace sgdflux::fv
