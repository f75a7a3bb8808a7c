#pragma once
/// Decay of densities towards truncated ends.
#include <vector>

#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/model/sde.hpp"
#include "sgdflux/observe/state.hpp"

namespace sgdflux::study {

struct TailDecay;

/// A fit f ~ |x − c|^exponent over the outer decades of one end, c where f is largest.
struct PowerFit {
  bool algebraic = false;  ///< two windows agree on the exponent; otherwise f falls faster, or the range is too short
  double exponent = 0;
  double error = 0;   ///< difference of the two windows plus the standard error of the outer one
  double beyond = 0;  ///< Σw that goes on beyond the end, ∞ unless exponent + error < −1
};

/// From cell masses w ≥ 0 along an axis, w_i = f(x_i) X'(ξ_i) h. Needs a factor of five between the core and the last
/// cell whose mass is above rounding. Not collective.
[[nodiscard]] PowerFit fit_power(const mesh::Axis& axis, const Eigen::ArrayXd& w, bool upper);

/// Decay of the marginal density of every variable towards its truncated ends: the exact exponents in one variable
/// (theory::classify), fits in several. Collective.
[[nodiscard]] std::vector<TailDecay> tail_decays(const model::Sde& sde, const observe::State& state);

/// Adds to the errors of fitted exponents what another grid makes of them.
void add_exponent_errors(std::vector<TailDecay>& fine, const std::vector<TailDecay>& coarse);

/// Why Σw, the contributions to an average with that fit towards this end, diverges; empty if it does not. At the
/// borderline, exponent −1 within its error, nothing is claimed and the average has no value either.
[[nodiscard]] std::string divergence(const mesh::Axis& axis, const PowerFit& fit, bool upper);

}  // namespace sgdflux::study
