/// Tamed Milstein scheme without derivatives (Kloeden & Platen 1992, §11.1), for noise that commutes:
/// x += φ(b dt + Σ_k [s_k√dt ξ_k + ½(s_k(x̄) − s_k(x))√dt(ξ_k² − 1)]), x̄ = x + φ Σ_k s_k√dt.
#include <cmath>

#include "sample/equation_shape.hpp"
#include "sample/explicit_stepper.hpp"
#include "sample/increments.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

class Milstein final : public ExplicitStepper {
 public:
  Milstein(const model::Sde& equation, double dt) : ExplicitStepper(equation, dt) {
    if (!has_commuting_noise(equation)) {
      throw core::SettingsError(
          "sample.integrator = milstein: this equation has several Wiener processes that act on a variable together or "
          "on each other's factors; allowed are one process, or processes that each act on a variable of its own");
    }
  }

 private:
  void move(Lanes& lanes, double dt) const override;
  void support(Lanes& lanes, double dt) const;
  void correct(Lanes& lanes, Index d, double dt) const;
};

void Milstein::move(Lanes& lanes, double dt) const {
  support(lanes, dt);
  sde().coefficients(lanes.trial, lanes.trial_drift, lanes.trial_noise);
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    add_increment(lanes, d, sde().noises(), dt);
    correct(lanes, d, dt);
  }
}

void Milstein::support(Lanes& lanes, double dt) const {
  lanes.trial = lanes.x;
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    for (Index k = 0; k < sde().noises(); ++k) {
      lanes.trial.col(d) += lanes.damping * (lanes.noise.col(d * sde().noises() + k) * std::sqrt(dt));
    }
  }
}

void Milstein::correct(Lanes& lanes, Index d, double dt) const {
  const double half_root = 0.5 * std::sqrt(dt);
  double* __restrict x = lanes.x.col(d).data();
  const double* __restrict phi = lanes.damping.data();
  for (Index k = 0; k < sde().noises(); ++k) {
    const double* __restrict here = lanes.noise.col(d * sde().noises() + k).data();
    const double* __restrict there = lanes.trial_noise.col(d * sde().noises() + k).data();
    const double* __restrict xi = lanes.normal(k);
    for (Index i = 0; i < lanes.rows(); ++i) {
      x[i] += phi[i] * ((there[i] - here[i]) * (half_root * (xi[i] * xi[i] - 1.0)));
    }
  }
}

}  // namespace

std::unique_ptr<Stepper> make_milstein(const model::Sde& sde, double dt) { return std::make_unique<Milstein>(sde, dt); }

}  // namespace sgdflux::sample
