/// Milstein scheme without derivatives (Kloeden & Platen 1992, §11.1), for noise that commutes:
/// x += b dt + Σ_k [s_k√dt ξ_k + ½(s_k(x̄) − s_k(x))√dt(ξ_k² − 1)], x̄ = x + Σ_k s_k√dt.
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
  void move(Lanes& lanes, double dt, double phi) const override;
  void support(Lanes& lanes, double dt, double phi) const;
  void correct(Lanes& lanes, Index d, double dt, double phi) const;
};

void Milstein::move(Lanes& lanes, double dt, double phi) const {
  support(lanes, dt, phi);
  sde().coefficients(lanes.trial, lanes.trial_drift, lanes.trial_noise);
  size().look_ahead(lanes, lanes.trial_drift, lanes.trial_noise, dt);
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    add_increment(lanes, d, sde().noises(), dt, phi);
    correct(lanes, d, dt, phi);
  }
}

void Milstein::support(Lanes& lanes, double dt, double phi) const {
  lanes.trial = lanes.x;
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    for (Index k = 0; k < sde().noises(); ++k) {
      lanes.trial.col(d) += lanes.noise.col(d * sde().noises() + k) * (phi * std::sqrt(dt));
    }
  }
}

void Milstein::correct(Lanes& lanes, Index d, double dt, double phi) const {
  const double half_root = 0.5 * phi * std::sqrt(dt);
  double* __restrict x = lanes.x.col(d).data();
  for (Index k = 0; k < sde().noises(); ++k) {
    const double* __restrict here = lanes.noise.col(d * sde().noises() + k).data();
    const double* __restrict there = lanes.trial_noise.col(d * sde().noises() + k).data();
    const double* __restrict xi = lanes.normal(k);
    for (Index i = 0; i < lanes.rows(); ++i) {
      x[i] += (there[i] - here[i]) * (half_root * (xi[i] * xi[i] - 1.0));
    }
  }
}

}  // namespace

std::unique_ptr<Stepper> make_milstein(const model::Sde& sde, double dt) { return std::make_unique<Milstein>(sde, dt); }

}  // namespace sgdflux::sample
