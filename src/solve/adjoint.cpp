#include "sgdflux/solve/adjoint.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iomanip>
#include <limits>
#include <sstream>

#include "stationary_work.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;

constexpr int most_passes = 5;
constexpr double settled = 1e-13;            ///< relative change at which refinement ends
constexpr double accepted_residual = 1e-11;  ///< some digits above the floor of rounding, which ranks reach differently
constexpr double first_reduction = 1e-9;     ///< of the residual by a Krylov method in the first pass
constexpr double later_reduction = 1e-5;     ///< in those that start from the true residual

/// Approximate solution of (−L D⁻¹)ᵀψ = right, up to a constant; nothing, on every rank, when it failed.
using Inverse = std::function<std::optional<Array>(const Array& right, Adjoint& account)>;

/// By factors of −L D⁻¹ plus the shift of the stationary problem. Its null vectors are known and taken out: what the
/// shift makes of them is a constant added to ψ.
Inverse by_factors(const Work& work, la::LinearSolver& solver) {
  return [&work, &solver](const Array& right, Adjoint& account) {
    auto solution = work.solve_transpose(solver, right);
    account.reason = solver.reason();
    account.iterations += 1;
    return solution;
  };
}

la::Matrix transposed(Mat matrix) {
  la::Matrix result;
  la::check(MatTranspose(matrix, MAT_INITIAL_MATRIX, result.out()));
  return result;
}

/// The owned cell, if any, that all ranks choose: the first one with the largest value.
Array indicator_of_peak(const Work& work, const StationaryProblem& problem, const Array& values) {
  const double top = la::maximum(work.comm(), values.size() > 0 ? values.maxCoeff() : 0);
  constexpr double none = std::numeric_limits<double>::max();
  double first = none;
  for (Index i = values.size() - 1; i >= 0; --i) {
    first = values(i) == top ? static_cast<double>(problem.partition.number(problem.generator.cells.cell(i))) : first;
  }
  const double everywhere = la::minimum(work.comm(), first);
  const bool chosen = first == everywhere;
  Array result = Array::Zero(values.size());
  for (Index i = 0; chosen && i < values.size(); ++i) {
    result(i) = static_cast<double>(problem.partition.number(problem.generator.cells.cell(i))) == first ? 1 : 0;
  }
  return result;
}

/// Transposed operator and preconditioner as matrices of their own. The preconditioner has another density than the
/// operator: a shift would turn their difference into a huge constant, so ψ is held at one cell instead, where there is
/// much density.
struct KrylovSystem {
  la::Matrix op;
  la::Matrix preconditioner;

  KrylovSystem(const Work& work, const StationaryProblem& problem, const Array& scaled_density)
      : op(transposed(work.op())) {
    const la::Matrix low = work.matrix(problem.low_order != nullptr ? *problem.low_order : problem.generator, 0);
    preconditioner = transposed(low.get());
    la::Vector pin = la::create_vector(work.comm(), problem.partition);
    la::set_values(pin.get(), indicator_of_peak(work, problem, scaled_density));
    la::check(MatDiagonalSet(preconditioner.get(), pin.get(), ADD_VALUES));
  }
};

Inverse by_krylov(const Work& work, la::LinearSolver& solver, int iterations) {
  return [&work, &solver, iterations](const Array& right, Adjoint& account) {
    solver.set_tolerance({account.iterations == 0 ? first_reduction : later_reduction, 0, iterations});
    auto solution = work.solve(solver, right);
    account.reason = solver.reason();
    account.iterations += solver.iterations();
    return solution;
  };
}

/// The system that all functions share, and the refinement of its solutions.
class AdjointSystem {
 public:
  AdjointSystem(const Work& work, const Array& density)
      : work_(work), density_(density / work.integral(density)), weight_((density_ * work.rates()).abs()) {}

  [[nodiscard]] Adjoint solve(const Array& f, const Inverse& inverse) const {
    const Array right = centred(f / work_.rates());
    Adjoint result;
    result.values = result.correction = Array::Zero(f.size());
    if (!(norm(right) > 0)) {
      result.converged = true;
      return result;
    }
    double change = std::numeric_limits<double>::infinity();
    for (int pass = 0; pass < most_passes && change > settled; ++pass) {
      const std::optional<Array> step = inverse(centred(right - work_.apply_transpose(result.values)), result);
      if (!step || !improve(*step, change, result)) {
        break;
      }
    }
    judge(right, result);
    return result;
  }

 private:
  /// Adds a step if it is smaller than the one before; the first one always.
  bool improve(const Array& step, double& change, Adjoint& result) const {
    const Array correction = step - work_.integral(step * density_);
    const Array values = result.values + correction;
    const double relative = norm(correction) / norm(values);
    const bool better = relative < 0.5 * change;
    if (better) {
      change = relative;
      result.values = values - work_.integral(values * density_);
      result.correction = correction;
    }
    return better;
  }

  void judge(const Array& right, Adjoint& result) const {
    const double size = norm(right) + norm(result.values);
    result.residual = norm(right - work_.apply_transpose(result.values)) / size;
    result.converged = std::isfinite(result.residual) && result.residual <= accepted_residual;
    if (!result.converged) {
      std::ostringstream text;
      text << "the adjoint has a relative residual of " << std::setprecision(2) << result.residual << ", more than "
           << accepted_residual << (result.reason.empty() ? "" : " (" + result.reason + ")");
      result.reason = text.str();
    }
  }

  /// The part of a right-hand side that the singular system can have: ∫ D P right = 0, by a constant taken off f.
  [[nodiscard]] Array centred(const Array& right) const {
    return right - work_.integral(work_.rates() * density_ * right) / work_.rates();
  }
  /// ∫|y| D P: far tails, where y may be anything, do not count.
  [[nodiscard]] double norm(const Array& y) const { return work_.norm1(y * weight_); }

  const Work& work_;
  Array density_;
  Array weight_;
};

std::vector<Adjoint> solve_all(const AdjointSystem& system, const core::Batch& functions, const Inverse& inverse) {
  std::vector<Adjoint> list;
  for (Eigen::Index k = 0; k < functions.cols(); ++k) {
    list.push_back(system.solve(functions.col(k), inverse));
  }
  return list;
}

}  // namespace

std::vector<Adjoint> adjoint(MPI_Comm comm, const StationaryProblem& problem, const Array& density,
                             const core::Batch& functions, const AdjointOptions& options) {
  const Work work(comm, problem);
  const AdjointSystem system(work, density);
  if (options.method == la::Method::direct) {
    const la::Matrix shifted = work.matrix(problem.generator, direct_shift);
    la::LinearSolver solver(shifted.get(), shifted.get(), options.method, "stationary_");
    return solve_all(system, functions, by_factors(work, solver));
  }
  const KrylovSystem matrices(work, problem, work.rates() * density);
  la::LinearSolver solver(matrices.op.get(), matrices.preconditioner.get(), options.method, "stationary_");
  return solve_all(system, functions, by_krylov(work, solver, options.iterations));
}

}  // namespace sgdflux::solve
