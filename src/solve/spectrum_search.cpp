#include "spectrum_search.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/eigen_handle.hpp"
#include "sgdflux/la/halo.hpp"
#include "start_vector.hpp"

namespace sgdflux::solve {
namespace {

/// Share of the space that survives a restart: measured best between .6 and .7 (SLEPc's own .5 takes 10 % more solves).
constexpr double kept = 0.6;
constexpr double credible = 0.3;  ///< relative residual of θ below which an approximation is taken as a hint
constexpr int scouting_restarts = 3;
/// Krylov methods in the place of LU: what a solve is off by enters a Ritz vector times its component along the vector
/// that the solve adds, which is about its residual at that time (Bouras & Frayssé 2005; Simoncini & Eldén 2002).
constexpr double inner_share = 0.1;  ///< of the tolerance over that residual
constexpr double tightest_share = 0.01;
constexpr double loosest_inner = 1e-3;
/// λ ↦ 1/(λ − σ) turns the imaginary axis into a circle, and the slowest modes lie next to it. Krylov spaces find the
/// outside of a spectrum first, provided that it is not squeezed into one point of the circle: frequencies far above σ
/// sit at θ = 0, all others below a far larger σ at −1/σ.
constexpr double highest_frequency = 2.5;  ///< of a wanted mode, in units of σ
constexpr double largest_modulus = 30;

/// An approximate eigenvalue as the convergence test sees it.
struct Hint {
  Complex value;
  double error;
};

/// What SLEPc's callbacks share. The Krylov space of the right vectors is one of q = Dv, D the rates of the cells: the
/// rounding errors of a basis are as large in every cell, and where rates are 10¹⁰ times larger than in the bulk, those
/// of v would be multiplied by that in Lv.
struct Context {
  const SpectrumOperator& op;
  ShiftInvert& inverse;
  Side side;
  const SearchOptions& options;
  const Purge& purge;
  la::Vector work;
  std::vector<Hint> hints;  ///< of the current restart
  double better_shift = 0;
  bool gave_up = false;
  std::exception_ptr failure;

  void apply(Vec x, Vec y) const {
    if (side == Side::right) {
      la::set_values(work.get(), la::values(x) / op.rates());
      inverse.apply(side, work.get(), y);
    } else {
      inverse.apply(side, x, y);
    }
    Eigen::ArrayXd values = la::values(y);
    purge.apply(values);
    la::set_values(y, side == Side::right ? values * op.rates() : values);
  }
};

PetscErrorCode apply(ST st, Vec x, Vec y) {
  void* data = nullptr;
  PetscCall(STShellGetContext(st, &data));
  auto& context = *static_cast<Context*>(data);
  try {
    context.apply(x, y);
  } catch (...) {
    context.failure = std::current_exception();
    return PETSC_ERR_LIB;
  }
  return 0;
}

PetscErrorCode back_transform(ST st, PetscInt count, PetscScalar* real, PetscScalar* imaginary) {
  void* data = nullptr;
  PetscCall(STShellGetContext(st, &data));
  const auto& context = *static_cast<Context*>(data);
  for (PetscInt i = 0; i < count; ++i) {
    const Complex value = context.inverse.value({real[i], imaginary[i]});
    real[i] = value.real();
    imaginary[i] = imaginary[i] == 0 ? 0 : value.imag();
  }
  return 0;
}

/// Negative when a is wanted before b; SLEPc passes back-transformed values.
PetscErrorCode compare(PetscScalar a_real, PetscScalar a_imaginary, PetscScalar b_real, PetscScalar b_imaginary,
                       PetscInt* result, void* data) {
  const Ranking& ranking = static_cast<Context*>(data)->options.ranking;
  const double difference = ranking.score({b_real, b_imaginary}) - ranking.score({a_real, a_imaginary});
  *result = difference > 0 ? 1 : difference < 0 ? -1 : 0;
  return 0;
}

/// ‖(L − σ)⁻¹v − θv‖ / |θ|; SLEPc passes θ here.
PetscErrorCode measure(EPS, PetscScalar real, PetscScalar imaginary, PetscReal residual, PetscReal* error, void* data) {
  auto& context = *static_cast<Context*>(data);
  const Complex theta(real, imaginary);
  *error = theta == 0. ? PETSC_MAX_REAL : residual / std::abs(theta);
  if (theta != 0.) {
    context.hints.push_back({context.inverse.value(theta), *error});
  }
  return 0;
}

/// The shift that the wanted modes ask for, when it is far from the present one; else 0.
double better_shift(const Context& context) {
  std::vector<Hint> hints;
  for (const Hint& hint : context.hints) {
    if (hint.error < credible) {
      hints.push_back(hint);
    }
  }
  const Ranking& ranking = context.options.ranking;
  std::sort(hints.begin(), hints.end(),
            [&](const Hint& a, const Hint& b) { return ranking.score(a.value) > ranking.score(b.value); });
  double frequency = 0;
  double modulus = 0;
  int count = 0;
  for (auto hint = hints.begin(); hint != hints.end() && count < context.options.count; ++hint) {
    frequency = std::max(frequency, std::abs(hint->value.imag()));
    modulus = std::max(modulus, std::abs(hint->value));
    count += hint->value.imag() == 0 ? 1 : 2;
  }
  const double shift = context.inverse.shift();
  const double for_frequency = frequency > highest_frequency * shift ? 1.2 * frequency : 0;
  const double for_modulus = modulus > largest_modulus * shift ? modulus / 5 : 0;
  return std::max(for_frequency, for_modulus);
}

/// Tolerance of the solves until the next restart: by the largest residual of the modes that are wanted.
double inner_tolerance(const Context& context) {
  const SearchOptions& options = context.options;
  const auto wanted = std::min(context.hints.size(), static_cast<std::size_t>(options.count));
  std::vector<Hint> hints = context.hints;
  std::partial_sort(
      hints.begin(), hints.begin() + static_cast<std::ptrdiff_t>(wanted), hints.end(),
      [&](const Hint& a, const Hint& b) { return options.ranking.score(a.value) > options.ranking.score(b.value); });
  double worst = wanted < static_cast<std::size_t>(options.count) ? 1 : options.tolerance;
  for (std::size_t k = 0; k < wanted; ++k) {
    worst = std::max(worst, hints[k].error);
  }
  return std::clamp(inner_share * options.tolerance / worst, tightest_share * options.tolerance, loosest_inner);
}

/// Whether nothing credible scores more than asked for.
bool hopeless(const Context& context) {
  return std::none_of(context.hints.begin(), context.hints.end(), [&](const Hint& hint) {
    return hint.error < credible && context.options.ranking.score(hint.value) > context.options.above;
  });
}

PetscErrorCode stop(EPS eps, PetscInt restart, PetscInt limit, PetscInt converged, PetscInt wanted,
                    EPSConvergedReason* reason, void* data) {
  auto& context = *static_cast<Context*>(data);
  PetscCall(EPSStoppingBasic(eps, restart, limit, converged, wanted, reason, nullptr));
  if (context.options.may_move && restart <= scouting_restarts && *reason == EPS_CONVERGED_ITERATING) {
    context.better_shift = better_shift(context);
    if (context.better_shift > 0) {
      *reason = EPS_CONVERGED_USER;
    }
  }
  if (std::isfinite(context.options.above) && restart > 1 && hopeless(context)) {
    context.gave_up = true;
    *reason = EPS_CONVERGED_USER;
  }
  if (context.inverse.iterative()) {
    context.inverse.set_tolerance(inner_tolerance(context));
  }
  context.hints.clear();
  return 0;
}

void set_transform(EPS eps, Context& context) {
  ST st = nullptr;
  la::check(EPSGetST(eps, &st));
  la::check(STSetType(st, STSHELL));
  la::check(STShellSetContext(st, &context));
  la::check(STShellSetApply(st, apply));
  la::check(STShellSetBackTransform(st, back_transform));
}

/// Room for the wanted ones and four times as many: between 3 and 5 the time to solution is flat.
void set_dimensions(EPS eps, const SpectrumOperator& op, int count) {
  PetscInt cells = 0;
  la::check(MatGetSize(op.matrix(), &cells, nullptr));
  const auto room = std::min<PetscInt>(cells, std::max(5 * count, 24));
  la::check(EPSSetDimensions(eps, count, room, PETSC_DEFAULT));
}

la::EigenSolver create(const SpectrumOperator& op, Context& context) {
  la::EigenSolver eps;
  la::check(EPSCreate(op.comm(), eps.out()));
  la::check(EPSSetOptionsPrefix(eps.get(), "spectrum_"));
  la::check(EPSSetOperators(eps.get(), op.matrix(), nullptr));
  la::check(EPSSetProblemType(eps.get(), EPS_NHEP));
  la::check(EPSSetType(eps.get(), EPSKRYLOVSCHUR));
  la::check(EPSKrylovSchurSetRestart(eps.get(), kept));
  set_transform(eps.get(), context);
  set_dimensions(eps.get(), op, context.options.count);
  la::check(EPSSetTolerances(eps.get(), context.options.tolerance, context.options.iterations));
  la::check(EPSSetWhichEigenpairs(eps.get(), EPS_WHICH_USER));
  la::check(EPSSetEigenvalueComparison(eps.get(), compare, &context));
  la::check(EPSSetConvergenceTestFunction(eps.get(), measure, &context, nullptr));
  la::check(EPSSetStoppingTestFunction(eps.get(), stop, &context, nullptr));
  const bool all_hints =
      context.options.may_move || std::isfinite(context.options.above) || context.inverse.iterative();
  la::check(EPSSetTrackAll(eps.get(), all_hints ? PETSC_TRUE : PETSC_FALSE));
  la::check(EPSSetFromOptions(eps.get()));
  return eps;
}

/// Converged pairs; of conjugates the one with Im λ > 0.
std::vector<Pair> pairs(const SpectrumOperator& op, EPS eps, Side side) {
  PetscInt count = 0;
  la::check(EPSGetConverged(eps, &count));
  const la::Vector real = la::create_vector(op.comm(), op.problem().partition);
  const la::Vector imaginary = la::create_vector(op.comm(), op.problem().partition);
  std::vector<Pair> result;
  for (PetscInt i = 0; i < count; ++i) {
    PetscScalar re = 0;
    PetscScalar im = 0;
    la::check(EPSGetEigenpair(eps, i, &re, &im, real.get(), imaginary.get()));
    if (im >= 0) {
      Eigen::ArrayXcd vector = la::values(real.get()).cast<Complex>();
      if (im > 0) {
        vector += Complex(0, 1) * la::values(imaginary.get()).cast<Complex>();
      }
      if (side == Side::right) {
        vector /= op.rates();
      }
      result.push_back({{re, im}, std::move(vector), {}});
    }
  }
  return result;
}

std::string words(EPSConvergedReason reason, int iterations) {
  switch (reason) {
    case EPS_CONVERGED_TOL:
      return "converged";
    case EPS_DIVERGED_ITS:
      return "Krylov-Schur reached its limit of " + std::to_string(iterations) + " restarts";
    case EPS_DIVERGED_BREAKDOWN:
      return "the Krylov space broke down";
    default:
      return "SLEPc's reason " + std::to_string(reason);
  }
}

}  // namespace

double Ranking::score(Complex value) const {
  return nearest ? -std::abs(value - target) : value.real() - rate * std::pow(value.imag() / frequency, 4);
}

ShiftInvert::ShiftInvert(const SpectrumOperator& op, double shift) : shift_(shift) {
  if (op.problem().applied != nullptr) {
    krylov_ = std::make_unique<ShiftedSolver>(op.comm(), op.problem().partition, *op.problem().applied, shift,
                                              loosest_inner, "spectrum_");
    return;
  }
  la::check(MatDuplicate(op.matrix(), MAT_COPY_VALUES, matrix_.out()));
  la::check(MatShift(matrix_.get(), -shift));
  factors_ = std::make_unique<la::LinearSolver>(matrix_.get(), matrix_.get(), la::Method::direct, "spectrum_");
}

void ShiftInvert::set_tolerance(double tolerance) {
  if (krylov_) {
    krylov_->set_tolerance(tolerance);
  }
}

void ShiftInvert::apply(Side side, Vec x, Vec y) {
  const auto by = [&](auto& solver) { return side == Side::right ? solver.solve(x, y) : solver.solve_transpose(x, y); };
  if (!(krylov_ ? by(*krylov_) : by(*factors_))) {
    throw core::ConvergenceError("spectrum: the system with shift " + std::to_string(shift_) +
                                 " could not be solved: " + (krylov_ ? krylov_->reason() : factors_->reason()));
  }
  if (krylov_) {
    la::check(VecScale(y, -1));  // that is the inverse of σ − L
  }
}

Found search(const SpectrumOperator& op, ShiftInvert& inverse, Side side, const SearchOptions& options,
             const Purge& purge) {
  Context context{op, inverse, side,  options, purge, la::create_vector(op.comm(), op.problem().partition),
                  {}, 0,       false, nullptr};
  inverse.set_tolerance(tightest_share * options.tolerance);
  const la::EigenSolver eps = create(op, context);
  Eigen::ArrayXd values = start_vector(op.problem().generator.cells, options.seed) * op.in_play();
  purge.apply(values);
  la::Vector start = la::create_vector(op.comm(), op.problem().partition);
  la::set_values(start.get(), values);
  Vec first = start.get();
  la::check(EPSSetInitialSpace(eps.get(), 1, &first));
  const PetscErrorCode code = EPSSolve(eps.get());
  if (context.failure) {
    std::rethrow_exception(context.failure);
  }
  la::check(code);
  Found found;
  EPSConvergedReason reason = EPS_CONVERGED_ITERATING;
  PetscInt restarts = 0;
  la::check(EPSGetConvergedReason(eps.get(), &reason));
  la::check(EPSGetIterationNumber(eps.get(), &restarts));
  found.iterations = static_cast<int>(restarts);
  found.better_shift = context.better_shift;
  found.gave_up = context.gave_up;
  found.converged = reason == EPS_CONVERGED_TOL;
  found.reason = words(reason, found.iterations);
  if (found.better_shift == 0) {
    found.pairs = pairs(op, eps.get(), side);
  }
  return found;
}

}  // namespace sgdflux::solve
