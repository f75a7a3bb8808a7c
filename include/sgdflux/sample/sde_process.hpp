#pragma once
/// Paths of a stochastic differential equation, integrated in fixed steps.
#include <memory>
#include <string>

#include "sgdflux/model/sde.hpp"
#include "sgdflux/sample/process.hpp"

namespace sgdflux::sample {

/// euler: Euler–Maruyama, any noise, weak order 1. milstein: without derivatives, for one Wiener process or processes
/// that each act on a variable of its own, weak order 1, strong order 1. platen: explicit, weak order 2, for one Wiener
/// process (Kloeden & Platen 1992, §15.1). baoab: splitting for kinetic equations with constant friction and noise
/// (Leimkuhler & Matthews 2013), weak order 2. exact: linear drift and constant noise, no step error. automatic: exact
/// where it applies, else baoab, else platen, else euler.
///
/// The first three explode where coefficients grow faster than linearly. There (model::Growth other than linear) a step
/// that is too large for the coefficients at the path, by a measure that does not look at the step's noise, is divided
/// along the same Wiener path: an event, counted in the state (Process::events). Whether an equation is linear or
/// kinetic is found by evaluating it, and checked again where the paths are: advance() throws SettingsError when not.
enum class Integrator { automatic, euler, milstein, platen, baoab, exact };

struct SdeOptions {
  double dt = 0.01;  ///< > 0, in the model's units of time
  Integrator integrator = Integrator::automatic;
  std::uint64_t seed = 1;
  /// 0: steps of dt. 1: steps of dt/2 along the same Wiener paths (the increment over dt is that of level 0), for the
  /// estimate of the step's error: its step 2n starts at the time of step n of level 0.
  int level = 0;
  Eigen::VectorXd start;  ///< one number per variable; empty: the model's typical point
  /// @throws SettingsError naming key, value and range.
  void validate(const model::Sde& sde) const;
};

/// `sde` must outlive the process. Quantities: the variables, then the derived quantities; state: the variables, and
/// the number of divided steps where steps may have to be divided.
/// @throws SettingsError when the integrator that is asked for does not fit the equation, saying why.
[[nodiscard]] std::unique_ptr<Process> make_sde_process(const model::Sde& sde, const SdeOptions& options);

/// Weak order of convergence of the integrator that make_sde_process takes; 0 for one without step error.
[[nodiscard]] int weak_order(const model::Sde& sde, const SdeOptions& options);
/// "euler", "platen", …: the one that `automatic` stands for.
[[nodiscard]] std::string integrator_name(const model::Sde& sde, const SdeOptions& options);

}  // namespace sgdflux::sample
