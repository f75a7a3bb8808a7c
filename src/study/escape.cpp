#include "escape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/observe/interpolation.hpp"
#include "sgdflux/solve/absorbed.hpp"

namespace sgdflux::study {
namespace {

using Values = Eigen::ArrayXd;
using solve::ActiveCells;

constexpr int most_nodes = 8;

ActiveCells active(const Assembly& problem) {
  ActiveCells cells;
  la::guard(problem.comm, [&] { cells = fv::active_cells(problem.grid, problem.problem.absorbing, problem.owned); });
  return cells;
}

std::string place(const Assembly& problem, const Eigen::VectorXd& x) {
  std::ostringstream text;
  for (Eigen::Index d = 0; d < x.size(); ++d) {
    text << (d > 0 ? ", " : "") << problem.sde.variables()[static_cast<std::size_t>(d)] << " = " << x(d);
  }
  return text.str();
}

void require_exit(const Assembly& problem, const ActiveCells& cells) {
  const double inside = la::sum(problem.comm, static_cast<double>((!cells).count()));
  if (!(inside > 0) && !has_absorbing_wall([&] {
        std::vector<mesh::AxisSpec> specs;
        for (const auto& axis : problem.grid.axes()) {
          specs.push_back(axis.spec());
        }
        return specs;
      }())) {
    throw core::SettingsError(
        "passage.exit is nowhere > 0 on the mesh and no wall absorbs: the exit set is empty; move it or the mesh");
  }
  if (!(la::sum(problem.comm, static_cast<double>(cells.count())) > 0)) {
    throw core::SettingsError(
        "the absorbing set covers the whole mesh: passage.region is nowhere > 0, or passage.exit "
        "everywhere");
  }
}

void require_start(const Assembly& problem, const Eigen::VectorXd& start) {
  const core::Batch point = start.transpose().array();
  for (int d = 0; d < problem.grid.dimension(); ++d) {
    const auto& axis = problem.grid.axis(d);
    if (!axis.periodic() && !(start(d) >= axis.lower() && start(d) <= axis.upper())) {
      throw core::SettingsError("passage.start: " + place(problem, start) + " is outside the mesh");
    }
  }
  if (problem.problem.absorbing && !(problem.problem.absorbing(point)(0) <= 0)) {
    throw core::SettingsError("passage.start: " + place(problem, start) +
                              " is inside the exit set: it is left at once; start outside of it");
  }
}

/// Interpolation at the start by as many cells as are in play around it: in the absorbing set the function has a kink.
double value_at(const Assembly& problem, const Values& values, const ActiveCells& cells, const Eigen::VectorXd& start) {
  const auto at = [&](const Values& field, int nodes) {
    const mesh::Box box = observe::interpolation_box(problem.grid, start, nodes);
    const Values around = la::values_on(problem.comm, problem.partition, field, box);
    return observe::interpolate(problem.grid, box, around, start, nodes);
  };
  const Values play = cells.cast<double>();
  for (int nodes = most_nodes; nodes > 2; --nodes) {
    // The weights sum to 1 over the cells in play only when none of the others is used.
    if (std::abs(at(play, nodes) - 1) < 1e-9) {
      return at(values, nodes);
    }
  }
  return at(values, 2);
}

double largest(const Assembly& problem, const core::Batch& values) {
  return la::maximum(problem.comm, values.size() > 0 ? values.abs().maxCoeff() : 0);
}

}  // namespace

bool has_absorbing_wall(const std::vector<mesh::AxisSpec>& mesh) {
  return std::any_of(mesh.begin(), mesh.end(), [](const auto& axis) {
    return axis.lower == mesh::Boundary::absorbing || axis.upper == mesh::Boundary::absorbing;
  });
}

PassageTimes passage_times(const Assembly& problem, const Eigen::VectorXd& start) {
  const ActiveCells cells = active(problem);
  require_exit(problem, cells);
  require_start(problem, start);
  const fv::Generator backward = problem.backward_generator();
  solve::AbsorbedSolver solver(problem.comm, problem.grid, problem.partition, backward, cells);
  PassageTimes times;
  times.mean = cells.select(solver.solve(-cells.cast<double>()), 0);
  times.rounding =
      std::numeric_limits<double>::epsilon() * largest(problem, backward.values) * largest(problem, times.mean);
  times.residual = solver.residual();
  const Values second = cells.select(solver.solve(-2 * times.mean), 0);
  times.residual = std::max(times.residual, solver.residual());
  times.variance = second - times.mean.square();
  times.start_mean = value_at(problem, times.mean, cells, start);
  times.start_variance = value_at(problem, second, cells, start) - times.start_mean * times.start_mean;
  return times;
}

QuasiStationary quasi_stationary(const Assembly& problem) {
  const ActiveCells cells = active(problem);
  require_exit(problem, cells);
  solve::AbsorbedSolver forward(problem.comm, problem.grid, problem.partition, problem.generator(), cells);
  solve::AbsorbedSolver backward(problem.comm, problem.grid, problem.partition, problem.backward_generator(), cells);
  const auto right = forward.leading();
  const auto left = backward.leading();
  QuasiStationary result;
  result.density = right.vector;
  result.rate = -right.value;
  result.rate_backward = -left.value;
  result.next = right.next;
  result.next_error = right.next_error;
  result.residual = std::max(right.residual, left.residual);
  result.converged = right.converged && left.converged;
  return result;
}

}  // namespace sgdflux::study
