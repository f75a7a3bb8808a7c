#include "sgdflux/solve/evolve.hpp"

#include <petscts.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

#include "schedule.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using Integrator = la::Handle<TS, TSDestroy>;

/// Multistep and Runge–Kutta methods conserve mass as well as their linear systems are solved: relative residual.
constexpr double linear_tolerance = 1e-13;
constexpr int linear_iterations = 60;
/// Factors of an older a − L are kept until the iterations that new ones would have saved cost as much as these: one
/// factorisation is worth about so many iterations (two dimensions, order 8).
constexpr int factorisation_cost = 30;
constexpr int needed_iterations = 2;  ///< with factors of the same a − L
/// Order 4 and above are not stable for the rotations of inertial models: thousands of steps where order 3 takes
/// hundreds.
constexpr int adaptive_bdf_order = 3;
constexpr int most_rejections = 30;

constexpr std::array<std::pair<const char*, TSType>, 5> steppers{
    {{"bdf", TSBDF}, {"arkimex", TSARKIMEX}, {"rosw", TSROSW}, {"cn", TSCN}, {"beuler", TSBEULER}}};

TSType stepper(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, type] : steppers) {
    if (name == known) {
      return type;
    }
    names.emplace_back(known);
  }
  throw core::SettingsError(core::unknown_name("stepper", name, names));
}

/// a − L(t) and its preconditioner, that of an older one; what PETSc's callbacks share.
class Equation {
 public:
  Equation(MPI_Comm comm, const EvolveProblem& problem) : generators_(make_schedule(comm, problem)) {}

  /// F = P' − L(t)P.
  void residual(double time, Vec p, Vec derivative, Vec f) {
    la::check(MatMult(generators_->at(time).get(), p, f));
    la::check(VecAYPX(f, -1, derivative));
  }
  void set_jacobian(double time, double shift) {
    jacobian_ = generators_->at(time);
    shift_ = shift;
    if (wasted_ >= factorisation_cost || !generators_->adapt(shift)) {
      generators_->prepare(time, shift);
      needed_ = 0;
      wasted_ = 0;
      ++factorisations_;
    }
  }
  /// y = (a − L)x.
  void multiply(Vec x, Vec y) const {
    la::check(MatMult(jacobian_.get(), x, y));
    la::check(VecAXPBY(y, shift_, -1, x));
  }
  void precondition(Vec b, Vec x) const { generators_->precondition(b, x); }
  void note_solve(KSP ksp) {
    PetscInt iterations = 0;
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    la::check(KSPGetIterationNumber(ksp, &iterations));
    la::check(KSPGetConvergedReason(ksp, &reason));
    iterations_ += iterations;
    needed_ = needed_ > 0 ? needed_ : std::max(needed_iterations, static_cast<int>(iterations));
    wasted_ += reason > 0 ? std::max(0, static_cast<int>(iterations) - needed_) : factorisation_cost;
    linear_reason_ = la::to_string(reason);
  }
  void note_step(double step) {
    std::rotate(recent_.begin(), recent_.end() - 1, recent_.end());
    recent_[0] = step;
  }

  /// Runs a callback's work; an exception is kept until PETSc has returned, and becomes an error code.
  template <class Work>
  PetscErrorCode protect(const Work& work) noexcept {
    try {
      work();
      return 0;
    } catch (...) {
      error_ = error_ ? error_ : std::current_exception();
      return PETSC_ERR_USER;
    }
  }
  void rethrow() const {
    if (error_) {
      std::rethrow_exception(error_);
    }
  }
  [[nodiscard]] int factorisations() const { return factorisations_; }
  [[nodiscard]] long iterations() const { return iterations_; }
  [[nodiscard]] const std::string& linear_reason() const { return linear_reason_; }
  /// The last steps may have been shortened to end at the end: the largest of them is what the stepper had chosen.
  [[nodiscard]] double recent_step() const { return *std::max_element(recent_.begin(), recent_.end()); }

 private:
  std::unique_ptr<Schedule> generators_;
  Schedule::SharedMatrix jacobian_;
  double shift_ = 0;
  int needed_ = 0;  ///< iterations when the preconditioner was new
  int wasted_ = 0;  ///< iterations since then that a newer one would have saved
  int factorisations_ = 0;
  long iterations_ = 0;
  std::array<double, 3> recent_{};
  std::string linear_reason_;
  std::exception_ptr error_;
};

Equation& equation(void* context) { return *static_cast<Equation*>(context); }

template <class Shell>
Equation& equation_of(Shell shell, PetscErrorCode (*get)(Shell, void*)) {
  void* context = nullptr;
  static_cast<void>(get(shell, static_cast<void*>(&context)));
  return equation(context);
}

PetscErrorCode compute_residual(TS, PetscReal time, Vec p, Vec derivative, Vec f, void* context) {
  return equation(context).protect([&] { equation(context).residual(time, p, derivative, f); });
}
PetscErrorCode compute_jacobian(TS, PetscReal time, Vec, Vec, PetscReal shift, Mat, Mat, void* context) {
  return equation(context).protect([&] { equation(context).set_jacobian(time, shift); });
}
PetscErrorCode multiply(Mat shell, Vec x, Vec y) {
  Equation& self = equation_of<Mat>(shell, MatShellGetContext);
  return self.protect([&] { self.multiply(x, y); });
}
PetscErrorCode precondition(PC shell, Vec b, Vec x) {
  Equation& self = equation_of<PC>(shell, PCShellGetContext);
  return self.protect([&] { self.precondition(b, x); });
}
PetscErrorCode after_solve(KSP ksp, Vec, Vec, void* context) {
  return equation(context).protect([&] { equation(context).note_solve(ksp); });
}
PetscErrorCode after_step(TS ts) {
  Equation& self = equation_of<TS>(ts, TSGetApplicationContext);
  return self.protect([&] {
    double now = 0;
    double before = 0;
    la::check(TSGetTime(ts, &now));
    la::check(TSGetPrevTime(ts, &before));
    self.note_step(now - before);
  });
}

la::Matrix create_shell(MPI_Comm comm, Vec like, Equation& self) {
  PetscInt local = 0;
  la::check(VecGetLocalSize(like, &local));
  la::Matrix shell;
  la::check(MatCreateShell(comm, local, local, PETSC_DETERMINE, PETSC_DETERMINE, &self, shell.out()));
  la::check(MatShellSetOperation(shell.get(), MATOP_MULT, reinterpret_cast<void (*)()>(multiply)));
  return shell;
}

void configure_solver(TS ts, Equation& self) {
  SNES snes = nullptr;
  KSP ksp = nullptr;
  PC pc = nullptr;
  la::check(TSSetProblemType(ts, TS_LINEAR));
  la::check(TSGetSNES(ts, &snes));
  la::check(SNESSetType(snes, SNESKSPONLY));
  la::check(SNESGetKSP(snes, &ksp));
  la::check(KSPSetType(ksp, KSPFGMRES));
  la::check(KSPGMRESSetRestart(ksp, linear_iterations));
  la::check(KSPSetTolerances(ksp, linear_tolerance, PETSC_DEFAULT, PETSC_DEFAULT, linear_iterations));
  la::check(KSPSetPostSolve(ksp, after_solve, &self));
  la::check(KSPGetPC(ksp, &pc));
  la::check(PCSetType(pc, PCSHELL));
  la::check(PCShellSetContext(pc, &self));
  la::check(PCShellSetApply(pc, precondition));
}

void configure_steps(TS ts, const EvolveOptions& options, double scale) {
  TSAdapt adapt = nullptr;
  la::check(TSSetType(ts, stepper(options.stepper)));
  if (options.stepper == "bdf" && options.adaptive) {
    la::check(TSBDFSetOrder(ts, adaptive_bdf_order));
  }
  la::check(TSGetAdapt(ts, &adapt));
  la::check(TSAdaptSetType(adapt, options.adaptive ? TSADAPTBASIC : TSADAPTNONE));
  if (options.adaptive && options.largest_step > 0) {
    la::check(TSAdaptSetStepLimits(adapt, PETSC_DEFAULT, options.largest_step));
  }
  la::check(TSSetTolerances(ts, options.tolerance * scale, nullptr, 0, nullptr));
  la::check(TSSetMaxSteps(ts, PETSC_MAX_INT));
  la::check(TSSetMaxStepRejections(ts, most_rejections));
  la::check(TSSetMaxSNESFailures(ts, most_rejections));
  la::check(TSSetErrorIfStepFails(ts, PETSC_FALSE));
  la::check(TSSetExactFinalTime(ts, TS_EXACTFINALTIME_MATCHSTEP));
}

std::string words(TSConvergedReason reason, const Equation& self, double time, double step) {
  char where[96];
  static_cast<void>(std::snprintf(where, sizeof where, " at time %.6g with a step of %.3g", time, step));
  switch (reason) {
    case TS_DIVERGED_NONLINEAR_SOLVE:
      return "the linear systems of a step could not be solved" + std::string(where) + ": " + self.linear_reason();
    case TS_DIVERGED_STEP_REJECTED:
      return "a step was rejected " + std::to_string(most_rejections) + " times" + where;
    default:
      return std::string("PETSc's reason ") + TSConvergedReasons[reason] + where;
  }
}

void judge(TS ts, const Equation& self, const EvolveOptions& options, double fixed, EvolveStep& result) {
  TSConvergedReason reason = TS_CONVERGED_ITERATING;
  PetscInt steps = 0;
  PetscInt rejections = 0;
  double next = 0;
  la::check(TSGetConvergedReason(ts, &reason));
  la::check(TSGetStepNumber(ts, &steps));
  la::check(TSGetStepRejections(ts, &rejections));
  la::check(TSGetTime(ts, &result.time));
  la::check(TSGetTimeStep(ts, &next));
  result.steps = static_cast<int>(steps);
  result.rejections = static_cast<int>(rejections);
  result.factorisations = self.factorisations();
  result.inner_iterations = self.iterations();
  result.step = options.adaptive ? std::max(next, self.recent_step()) : fixed;
  result.converged = reason == TS_CONVERGED_TIME;
  result.reason = result.converged ? "converged" : words(reason, self, result.time, next);
}

}  // namespace

EvolveStep evolve(MPI_Comm comm, const EvolveProblem& problem, double begin, double end, const EvolveOptions& options,
                  Eigen::ArrayXd& density) {
  EvolveStep result;
  result.time = begin;
  result.step = options.step > 0 ? options.step : (end - begin) / 1000;
  if (!(end > begin)) {
    return result;
  }
  const double fixed = result.step;
  Equation self(comm, problem);
  const la::Vector p = la::create_vector(comm, problem.partition);
  la::set_values(p.get(), density);
  const la::Matrix shell = create_shell(comm, p.get(), self);
  Array sums(2);
  sums << density.square().sum(), static_cast<double>(density.size());
  la::sum(comm, sums);
  Integrator ts;
  la::check(TSCreate(comm, ts.out()));
  la::check(TSSetOptionsPrefix(ts.get(), "evolve_"));
  la::check(TSSetApplicationContext(ts.get(), &self));
  la::check(TSSetIFunction(ts.get(), nullptr, compute_residual, &self));
  la::check(TSSetIJacobian(ts.get(), shell.get(), shell.get(), compute_jacobian, &self));
  la::check(TSSetPostStep(ts.get(), after_step));
  configure_steps(ts.get(), options, std::sqrt(sums(0) / sums(1)));
  configure_solver(ts.get(), self);
  la::check(TSSetTime(ts.get(), begin));
  la::check(TSSetMaxTime(ts.get(), end));
  la::check(TSSetTimeStep(ts.get(), std::min(fixed, end - begin)));
  la::check(TSSetFromOptions(ts.get()));
  const PetscErrorCode code = TSSolve(ts.get(), p.get());
  self.rethrow();
  la::check(code);
  judge(ts.get(), self, options, fixed, result);
  density = la::values(p.get());
  return result;
}

}  // namespace sgdflux::solve
