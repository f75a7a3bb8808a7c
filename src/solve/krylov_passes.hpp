#pragma once
/// Corrections of a stationary density by a Krylov method, pass after pass, each from the true residual.
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::solve {

struct Passes {
  int most = 4;
  double aim = 0.1;                               ///< share of the target that each pass aims at
  int at_once = std::numeric_limits<int>::max();  ///< iterations of a pass; twice as many after one that did not help
};

/// Relative residuals below this one are rounding errors of the operator; half of it is the least that is asked for.
inline constexpr double residual_floor = 1e-15;

inline std::string scientific(double value) {
  std::ostringstream text;
  text.precision(2);
  text << value;
  return text.str();
}

/// Share of the residual that may stay so that the error is what is wanted; 1 when it is, nothing is known of it, or
/// nothing but rounding is left.
inline double share_to_stay(const StationaryResult& result, const StationaryOptions& options) {
  const double allowed = options.wanted_error * options.known_gap;
  const bool small = result.residual <= allowed || result.relative_residual <= residual_floor;
  return allowed > 0 && !small ? allowed / result.residual : 1;
}

/// Until the residual is accepted and the error is as wanted, or two passes have not helped.
/// @param iterate assess(result) judges it; correct(target, iterations, result) adds a correction that aims at a
/// relative residual; take_back() removes it again.
template <class Iterate>
void correct(Iterate& iterate, const Passes& passes, const StationaryOptions& options, StationaryResult& result) {
  iterate.assess(result);
  const auto unfinished = [&] { return !result.converged || share_to_stay(result, options) < 1; };
  int in_vain = 0;
  for (int pass = 0; pass < passes.most && result.iterations < options.iterations && unfinished(); ++pass) {
    const double before = result.relative_residual;
    const double target = std::min(options.accepted, share_to_stay(result, options) * before);
    const int left = options.iterations - result.iterations;
    const int at_once = in_vain > 0 && passes.at_once < left ? 2 * passes.at_once : passes.at_once;
    iterate.correct(std::max(0.5 * residual_floor, passes.aim * target), std::min(at_once, left), result);
    iterate.assess(result);
    if (!(result.relative_residual < before)) {
      iterate.take_back();
      iterate.assess(result);
    }
    in_vain = result.relative_residual < 0.5 * before ? 0 : in_vain + 1;
    if (in_vain == 2 || (in_vain > 0 && result.converged)) {
      break;
    }
  }
  if (!result.converged && (result.reason == "converged" || result.iterations < options.iterations)) {
    result.reason = "the solver stopped at a true relative residual of " + scientific(result.relative_residual);
  }
}

}  // namespace sgdflux::solve
