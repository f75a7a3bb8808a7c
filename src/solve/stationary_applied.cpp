/// Stationary densities without rows: as few vectors as BiCGStab allows.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

constexpr int most_passes = 8;
constexpr int uninterrupted = 20;     ///< iterations of BiCGStab, which may stall until it starts afresh
constexpr double aimed_share = 0.9;   ///< of the accepted residual, that each pass aims at
constexpr double enough_gained = .5;  ///< factor of the residual above which another pass does not help

/// A PETSc vector of the entries of an array, which must stay where it is.
la::Vector borrow(MPI_Comm comm, Array& values) {
  la::Vector vector;
  la::check(VecCreateMPIWithArray(comm, 1, static_cast<PetscInt>(values.size()), PETSC_DETERMINE, values.data(),
                                  vector.out()));
  return vector;
}

/// A density P and its residual −L P.
class Iterate {
 public:
  Iterate(MPI_Comm comm, const AppliedProblem& problem, Array start)
      : comm_(comm),
        generator_(problem.generator),
        volume_(problem.grid.cell_volume()),
        density_(start.size() > 0 ? std::move(start) : Array(Array::Ones(generator_.rates.size()))),
        view_(borrow(comm, density_)),
        residual_(la::create_vector(comm, problem.partition)),
        correction_(la::create_vector(comm, problem.partition)) {}

  /// Finds the residual and what the result says of it.
  void assess(double accepted, StationaryResult& result) {
    la::check(MatMult(generator_.matrix, view_.get(), residual_.get()));
    la::check(VecScale(residual_.get(), -1));
    double sum = 0;
    double length = 0;
    la::check(VecNorm(residual_.get(), NORM_1, &sum));
    la::check(VecNorm(residual_.get(), NORM_2, &length));
    result.residual = sum * volume_ / std::abs(mass());
    scale_ = std::sqrt(la::sum(comm_, (generator_.rates * density_).square().sum()));
    result.relative_residual = length / scale_;
    result.converged = std::isfinite(result.relative_residual) && result.relative_residual <= accepted;
  }

  /// P += δ with L δ = −L P.
  /// @param aim absolute, of ‖L(P + δ)‖₂ relative to ‖D P‖₂.
  void correct(la::LinearSolver& solver, double aim, int iterations, StationaryResult& result) {
    solver.set_tolerance({1e-16, aim * scale_, iterations});
    solver.solve(residual_.get(), correction_.get());
    result.iterations += solver.iterations();
    result.reason = solver.reason();
    la::check(VecAXPY(view_.get(), 1, correction_.get()));
  }
  void take_back() { la::check(VecAXPY(view_.get(), -1, correction_.get())); }

  [[nodiscard]] double mass() const { return la::sum(comm_, density_.sum()) * volume_; }
  [[nodiscard]] Array normalised() {
    density_ /= mass();
    view_ = {};
    return std::move(density_);
  }
  /// Largest column sum of L D⁻¹.
  [[nodiscard]] double conservation() const {
    la::check(VecSet(correction_.get(), 1));
    la::check(MatMultTranspose(generator_.matrix, correction_.get(), residual_.get()));
    const PetscScalar* sums = nullptr;
    la::check(VecGetArrayRead(residual_.get(), &sums));
    const auto& rates = generator_.rates;
    const double largest =
        rates.size() > 0 ? (Eigen::Map<const Array>(sums, rates.size()) / rates).abs().maxCoeff() : 0;
    la::check(VecRestoreArrayRead(residual_.get(), &sums));
    return la::maximum(comm_, largest);
  }

 private:
  MPI_Comm comm_;
  const AppliedGenerator& generator_;
  double volume_;
  Array density_;
  la::Vector view_;
  la::Vector residual_;
  la::Vector correction_;
  double scale_ = 1;
};

/// Share of the residual that may stay so that the error is what is wanted; 1 when it is, or nothing is known of it.
double share_to_stay(const StationaryResult& result, const StationaryOptions& options) {
  const double allowed = options.wanted_error * options.known_gap;
  return allowed > 0 && result.residual > allowed ? allowed / result.residual : 1;
}

/// Passes of the Krylov method, each from the true residual, until that is accepted and the error is as wanted, or they
/// do not help any more.
void correct(Iterate& iterate, la::LinearSolver& solver, int at_once, const StationaryOptions& options,
             StationaryResult& result) {
  iterate.assess(options.accepted, result);
  const auto unfinished = [&] { return !result.converged || share_to_stay(result, options) < 1; };
  for (int pass = 0; pass < most_passes && result.iterations < options.iterations && unfinished(); ++pass) {
    const double before = result.relative_residual;
    const double target = std::min(options.accepted, share_to_stay(result, options) * before);
    iterate.correct(solver, aimed_share * target, std::min(at_once, options.iterations - result.iterations), result);
    iterate.assess(options.accepted, result);
    if (!(result.relative_residual < before)) {
      iterate.take_back();
      iterate.assess(options.accepted, result);
    }
    if (!(result.relative_residual < enough_gained * before)) {
      break;
    }
  }
}

}  // namespace

StationaryResult stationary(MPI_Comm comm, const AppliedProblem& problem, StationaryOptions options) {
  const AppliedGenerator& generator = problem.generator;
  generator.preconditioner.set_shift(0);
  StationaryResult result;
  Iterate iterate(comm, problem, std::move(options.start));
  {
    la::LinearSolver solver(generator.matrix,
                            la::Preconditioning{generator.preconditioner, {}, generator.krylov, generator.restart},
                            "stationary_");
    result.by_options = solver.by_options();
    const bool may_stall = generator.krylov == la::Krylov::bicgstab;
    correct(iterate, solver, may_stall ? uninterrupted : std::numeric_limits<int>::max(), options, result);
  }
  result.gap = options.known_gap;
  result.conservation = iterate.conservation();
  result.density = iterate.normalised();
  return result;
}

}  // namespace sgdflux::solve
