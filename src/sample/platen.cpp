/// Explicit weak scheme of order 2 for one Wiener process (Kloeden & Platen 1992, §15.1, equation 1.1):
/// x += ½(b(x̄) + b)dt + ¼(s(x₊) + s(x₋) + 2s)√dt ξ + ¼(s(x₊) − s(x₋))√dt(ξ² − 1),
/// x̄ = x + b dt + s√dt ξ, x± = x + b dt ± s√dt.
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
  void move(Lanes& lanes, double dt, double phi) const override;
  /// trial = x + φ(b dt + s√dt·(sign, or ξ when sign is 0)).
  void support(Lanes& lanes, double dt, double phi, double sign) const;
  void add_increments(Lanes& lanes, Index d, double dt, double phi) const;
};

// other_noise is s(x₊), other s(x₋), other_drift b(x̄).
void Platen::move(Lanes& lanes, double dt, double phi) const {
  support(lanes, dt, phi, 1);
  sde().coefficients(lanes.trial, lanes.other_drift, lanes.other_noise);
  size().look_ahead(lanes, lanes.other_drift, lanes.other_noise, dt);
  support(lanes, dt, phi, -1);
  sde().coefficients(lanes.trial, lanes.other_drift, lanes.other);
  size().look_ahead(lanes, lanes.other_drift, lanes.other, dt);
  support(lanes, dt, phi, 0);
  sde().coefficients(lanes.trial, lanes.other_drift, lanes.trial_noise);
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    add_increments(lanes, d, dt, phi);
  }
}

void Platen::support(Lanes& lanes, double dt, double phi, double sign) const {
  lanes.trial.resize(lanes.x.rows(), lanes.x.cols());
  const double time = phi * dt;
  const double root = phi * std::sqrt(dt);
  const double* __restrict xi = lanes.normals;
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    const double* __restrict x = lanes.x.col(d).data();
    const double* __restrict b = lanes.drift.col(d).data();
    const double* __restrict s = lanes.noise.col(d).data();
    double* __restrict point = lanes.trial.col(d).data();
    for (Index i = 0; i < lanes.rows(); ++i) {
      const double low = xi[i] < -largest_normal ? -largest_normal : xi[i];
      const double normal = low > largest_normal ? largest_normal : low;
      point[i] = x[i] + (b[i] * time + s[i] * (root * (sign == 0 ? normal : sign)));
    }
  }
}

void Platen::add_increments(Lanes& lanes, Index d, double dt, double phi) const {
  const double time = 0.5 * phi * dt;
  const double root = 0.25 * phi * std::sqrt(dt);
  double* __restrict x = lanes.x.col(d).data();
  const double* __restrict b = lanes.drift.col(d).data();
  const double* __restrict s = lanes.noise.col(d).data();
  const double* __restrict ahead = lanes.other_drift.col(d).data();
  const double* __restrict plus = lanes.other_noise.col(d).data();
  const double* __restrict minus = lanes.other.col(d).data();
  const double* __restrict xi = lanes.normals;
  for (Index i = 0; i < lanes.rows(); ++i) {
    x[i] += (ahead[i] + b[i]) * time + (plus[i] + minus[i] + 2 * s[i]) * (root * xi[i]) +
            (plus[i] - minus[i]) * (root * (xi[i] * xi[i] - 1.0));
  }
}

}  // namespace

std::unique_ptr<Stepper> make_platen(const model::Sde& sde, double dt) { return std::make_unique<Platen>(sde, dt); }

}  // namespace sgdflux::sample
