#include "sgdflux/solve/components.hpp"

#include <Eigen/LU>
#include <cmath>

#include "stationary_work.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

constexpr int null_iterations = 12;
constexpr int left_iterations = 3;
constexpr std::size_t most_components = 16;
constexpr double accepted_residual = 1e-10;  ///< of a density that was cut where it is small

/// Scaled density q = D P on some cells (1 or 0 for each), ∫q = 1.
struct Part {
  Array cells;
  Array q;
};

struct Splitter {
  const Work& work;
  la::LinearSolver& solver;
  const Array& noise;  ///< numbers without order, to start from
  Components& result;

  /// One more inverse iteration, and what it puts outside of the cells cut off: rates of exchange are below the shift.
  [[nodiscard]] bool polish(Part& part) const {
    part.q /= work.integral(part.q);
    const std::optional<Array> next = work.solve(solver, part.q);
    if (!next) {
      return false;
    }
    part.q = part.cells * *next;
    const double mass = work.integral(part.q);
    part.q /= mass;
    return std::abs(mass) > 0 && std::isfinite(mass);
  }

  void split(const Part& part) {
    if (!result.trouble.empty()) {
      return;
    }
    const Slowest slow =
        slowest(work, work.inverse(solver), noise * part.q, part.q, Array::Ones(part.q.size()), part.cells);
    if (!(slow.rate > 0)) {
      result.trouble = "a linear solve failed: " + solver.reason();
    } else if (slow.rate > simple_above) {
      keep(part);
    } else {
      const Array sign = (slow.vector * part.q > 0).cast<double>();
      const Array upper = part.cells * sign;
      const Array lower = part.cells - upper;
      go_on(upper, part);
      go_on(lower, part);
    }
  }

  void go_on(const Array& cells, const Part& part) {
    Part half{cells, cells * part.q};
    if (result.list.size() >= most_components || !(work.norm1(half.q) > 0) || !polish(half)) {
      result.trouble = result.list.size() >= most_components
                           ? "there are more than " + std::to_string(most_components) + " of them"
                           : "a part of the density has no mass";
      return;
    }
    split(half);
  }

  void keep(const Part& part) {
    ErgodicComponent component;
    const Array p = part.q / work.rates();
    const double mass = work.integral(p);
    component.density = p / mass;
    const Array residual = work.apply(part.q);
    component.residual = work.norm1(residual) / std::abs(mass);
    component.relative_residual = work.norm2(residual) / work.norm2(part.q);
    component.gap =
        slowest(work, work.inverse(solver), noise * component.density, component.density, 1 / work.rates(), part.cells)
            .rate;
    component.arrival = part.cells;
    if (!(component.relative_residual <= accepted_residual)) {
      result.trouble = "a part of the density is not stationary by itself (relative residual " +
                       std::to_string(component.relative_residual) + ")";
    }
    result.list.push_back(std::move(component));
  }
};

std::optional<Array> null_vector(const Work& work, const StationaryProblem& problem, la::LinearSolver& solver) {
  Array q = work.rates() * Array::Ones(problem.generator.cells.cells());
  q /= work.integral(q);
  for (int step = 0; step < null_iterations; ++step) {
    const std::optional<Array> next = work.solve(solver, q);
    if (!next) {
      return std::nullopt;
    }
    q = *next / work.integral(*next);
  }
  return q;
}

/// Left null functions from the indicators of the supports; combined so that ∫u_k p_j = δ_kj, which takes out what the
/// shift let leak from one to the other.
void find_arrivals(const Work& work, la::LinearSolver& solver, Components& result) {
  const auto count = static_cast<Eigen::Index>(result.list.size());
  for (ErgodicComponent& component : result.list) {
    for (int step = 0; step < left_iterations; ++step) {
      const std::optional<Array> next = work.solve_transpose(solver, component.arrival);
      if (!next) {
        result.trouble = "a transposed solve failed: " + solver.reason();
        return;
      }
      component.arrival = direct_shift * *next;
    }
  }
  Eigen::MatrixXd pairing(count, count);
  Eigen::MatrixXd functions(result.list.front().arrival.size(), count);
  for (Eigen::Index k = 0; k < count; ++k) {
    const Array& u = result.list[static_cast<std::size_t>(k)].arrival;
    functions.col(k) = u.matrix();
    for (Eigen::Index j = 0; j < count; ++j) {
      pairing(j, k) = work.integral(result.list[static_cast<std::size_t>(j)].density * u);
    }
  }
  functions = (functions * pairing.inverse()).eval();
  for (Eigen::Index k = 0; k < count; ++k) {
    result.list[static_cast<std::size_t>(k)].arrival = functions.col(k).array();
  }
}

}  // namespace

Components components(MPI_Comm comm, const StationaryProblem& problem) {
  const Work work(comm, problem);
  const la::Matrix shifted = work.matrix(problem.generator, direct_shift);
  la::LinearSolver solver(shifted.get(), shifted.get(), la::Method::direct, "stationary_");
  Components result;
  const std::optional<Array> q = null_vector(work, problem, solver);
  if (!q) {
    result.trouble = "a linear solve failed: " + solver.reason();
    return result;
  }
  const Array noise = scrambled(problem);
  Splitter splitter{work, solver, noise, result};
  splitter.split({Array::Ones(q->size()), *q});
  if (result.trouble.empty()) {
    find_arrivals(work, solver, result);
  }
  return result;
}

}  // namespace sgdflux::solve
