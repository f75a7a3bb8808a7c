/// Stationary densities without rows: as few vectors as BiCGStab allows.
#include <algorithm>
#include <cmath>

#include "krylov_passes.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

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
  Iterate(MPI_Comm comm, const AppliedProblem& problem, double accepted, Array start)
      : comm_(comm),
        generator_(problem.generator),
        volume_(problem.grid.cell_volume()),
        accepted_(accepted),
        density_(start.size() > 0 ? std::move(start) : Array(Array::Ones(generator_.rates.size()))),
        view_(borrow(comm, density_)),
        residual_(la::create_vector(comm, problem.partition)),
        correction_(la::create_vector(comm, problem.partition)),
        solver_(generator_.matrix,
                la::Preconditioning{generator_.preconditioner, {}, generator_.krylov, generator_.restart},
                "stationary_") {}

  /// Finds the residual and what the result says of it.
  void assess(StationaryResult& result) {
    la::check(MatMult(generator_.matrix, view_.get(), residual_.get()));
    la::check(VecScale(residual_.get(), -1));
    double sum = 0;
    double length = 0;
    la::check(VecNorm(residual_.get(), NORM_1, &sum));
    la::check(VecNorm(residual_.get(), NORM_2, &length));
    result.residual = sum * volume_ / std::abs(mass());
    scale_ = std::sqrt(la::sum(comm_, (generator_.rates * density_).square().sum()));
    result.relative_residual = length / scale_;
    result.converged = std::isfinite(result.relative_residual) && result.relative_residual <= accepted_;
  }

  /// P += δ with L δ = −L P, up to a residual of `aim` relative to ‖D P‖₂. A correction that is no number is left out.
  void correct(double aim, int iterations, StationaryResult& result) {
    solver_.set_tolerance({1e-16, aim * scale_, iterations});
    solver_.solve(residual_.get(), correction_.get());
    result.iterations += solver_.iterations();
    result.reason = solver_.reason();
    result.by_options = solver_.by_options();
    double length = 0;
    la::check(VecNorm(correction_.get(), NORM_2, &length));
    if (!std::isfinite(length)) {
      la::check(VecSet(correction_.get(), 0));
    }
    la::check(VecAXPY(view_.get(), 1, correction_.get()));
  }
  /// BiCGStab may stall until it starts afresh, FGMRES forgets what it knows at its restarts anyway: there the true
  /// residual shows whether it still gets on.
  [[nodiscard]] Passes passes() const {
    const int restart = solver_.restart();
    return restart > 0 ? Passes{10, 0.9, restart} : Passes{8, 0.9, 20};
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
  double accepted_;
  Array density_;
  la::Vector view_;
  la::Vector residual_;
  la::Vector correction_;
  la::LinearSolver solver_;
  double scale_ = 1;
};

}  // namespace

StationaryResult stationary(MPI_Comm comm, const AppliedProblem& problem, StationaryOptions options) {
  const AppliedGenerator& generator = problem.generator;
  generator.preconditioner.set_shift(0);
  StationaryResult result;
  Iterate iterate(comm, problem, options.accepted, std::move(options.start));
  correct(iterate, iterate.passes(), options, result);
  result.gap = options.known_gap;
  result.conservation = iterate.conservation();
  result.density = iterate.normalised();
  return result;
}

}  // namespace sgdflux::solve
