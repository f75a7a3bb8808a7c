/// Explicit weak scheme of order 2 for one Wiener process (Kloeden & Platen 1992, §15.1, equation 1.1), tamed:
/// x += φ'(½(b(x̄) + b)dt + ¼(s(x₊) + s(x₋) + 2s)√dt ξ + ¼(s(x₊) − s(x₋))√dt(ξ² − 1)),
/// x̄ = x + φ(b dt + s√dt ξ), x± = x + φ(b dt ± s√dt); φ' is of the averaged coefficients.
#include <cmath>

#include "sample/explicit_stepper.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

/// |ξ| in x̄; larger ones, one in 5·10⁸, would only drive x̄ out of the range of exponential functions.
constexpr double largest_normal = 6;

class Platen final : public ExplicitStepper {
 public:
  Platen(const model::Sde& equation, double dt) : ExplicitStepper(equation, dt) {
    if (equation.noises() != 1) {
      throw core::SettingsError("sample.integrator = platen: this equation has " + std::to_string(equation.noises()) +
                                " Wiener processes; allowed is one");
    }
  }

 private:
  void move(Lanes& lanes, double dt) const override;
  /// trial = x + φ(b dt + s√dt·(sign, or ξ when sign is 0)).
  void support(Lanes& lanes, double dt, double sign) const;
  /// Averaged coefficients of variable d in place of drift and noise; ¼(s(x₊) − s(x₋)) in place of other_noise.
  void average(Lanes& lanes, Index d) const;
  void damp_again(Lanes& lanes, double dt) const;
  void add_increments(Lanes& lanes, Index d, double dt) const;
};

void Platen::move(Lanes& lanes, double dt) const {
  support(lanes, dt, 1);
  sde().coefficients(lanes.trial, lanes.other_drift, lanes.other_noise);
  support(lanes, dt, -1);
  sde().coefficients(lanes.trial, lanes.other_drift, lanes.other);  // `other` holds s(x₋)
  support(lanes, dt, 0);
  sde().coefficients(lanes.trial, lanes.other_drift, lanes.trial_noise);
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    average(lanes, d);
  }
  if (taming().growth() == model::Growth::exponential) {
    damp_again(lanes, dt);
  }
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    add_increments(lanes, d, dt);
  }
}

void Platen::support(Lanes& lanes, double dt, double sign) const {
  lanes.trial.resize(lanes.x.rows(), lanes.x.cols());
  const double root = std::sqrt(dt);
  const double* __restrict phi = lanes.damping.data();
  const double* __restrict xi = lanes.normals;
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    const double* __restrict x = lanes.x.col(d).data();
    const double* __restrict b = lanes.drift.col(d).data();
    const double* __restrict s = lanes.noise.col(d).data();
    double* __restrict point = lanes.trial.col(d).data();
    for (Index i = 0; i < lanes.rows(); ++i) {
      const double low = xi[i] < -largest_normal ? -largest_normal : xi[i];
      const double normal = low > largest_normal ? largest_normal : low;
      const double factor = sign == 0 ? normal : sign;
      point[i] = x[i] + phi[i] * (b[i] * dt + s[i] * (root * factor));
    }
  }
}

void Platen::average(Lanes& lanes, Index d) const {
  double* __restrict b = lanes.drift.col(d).data();
  double* __restrict s = lanes.noise.col(d).data();
  double* __restrict plus = lanes.other_noise.col(d).data();
  const double* __restrict ahead = lanes.other_drift.col(d).data();
  const double* __restrict minus = lanes.other.col(d).data();
  for (Index i = 0; i < lanes.rows(); ++i) {
    const double up = plus[i];
    b[i] = 0.5 * (ahead[i] + b[i]);
    s[i] = 0.25 * (up + minus[i] + 2 * s[i]);
    plus[i] = 0.25 * (up - minus[i]);
  }
}

/// With averaged coefficients, which may be far larger than those at x.
void Platen::damp_again(Lanes& lanes, double dt) const {
  lanes.damping.setZero();
  double* __restrict tau = lanes.damping.data();
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    const double* __restrict b = lanes.drift.col(d).data();
    const double* __restrict s = lanes.noise.col(d).data();
    const double* __restrict change = lanes.other_noise.col(d).data();
    for (Index i = 0; i < lanes.rows(); ++i) {
      const double noise = larger(s[i] * s[i], change[i] * change[i]);
      tau[i] = larger(larger(size(b[i]), noise) * dt, tau[i]);
    }
  }
  for (Index i = 0; i < lanes.rows(); ++i) {
    tau[i] = tamed(tau[i]);
  }
}

void Platen::add_increments(Lanes& lanes, Index d, double dt) const {
  const double root = std::sqrt(dt);
  double* __restrict x = lanes.x.col(d).data();
  const double* __restrict phi = lanes.damping.data();
  const double* __restrict b = lanes.drift.col(d).data();
  const double* __restrict s = lanes.noise.col(d).data();
  const double* __restrict change = lanes.other_noise.col(d).data();
  const double* __restrict xi = lanes.normals;
  for (Index i = 0; i < lanes.rows(); ++i) {
    x[i] += phi[i] * (b[i] * dt + s[i] * (root * xi[i]) + change[i] * (root * (xi[i] * xi[i] - 1.0)));
  }
}

}  // namespace

std::unique_ptr<Stepper> make_platen(const model::Sde& sde, double dt) { return std::make_unique<Platen>(sde, dt); }

}  // namespace sgdflux::sample
