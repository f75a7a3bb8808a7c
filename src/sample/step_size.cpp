#include "sample/step_size.hpp"

#include <cmath>

#include "sample/equation_shape.hpp"

namespace sgdflux::sample {
namespace {

using model::Growth;

/// Increments differ from x by at least this much where derivatives are taken, in units of the step's own size.
constexpr double relative_step = 0x1p-10;

/// tau = max(tau, |values|·factor).
void raise(Eigen::ArrayXd& tau, const double* values, double factor) {
  double* __restrict t = tau.data();
  const double* __restrict v = values;
  for (Index i = 0; i < tau.size(); ++i) {
    t[i] = larger(size(v[i]) * factor, t[i]);
  }
}

/// tau = max(tau, Σ_k s_dk²·factor).
void raise_by_squares(Eigen::ArrayXd& tau, const Batch& noise, Index variable, Index noises, double factor) {
  const Index rows = tau.size();
  double* __restrict t = tau.data();
  if (noises == 1) {
    const double* __restrict s = noise.col(variable).data();
    for (Index i = 0; i < rows; ++i) {
      t[i] = larger(s[i] * s[i] * factor, t[i]);
    }
  } else if (noises > 1) {
    const Eigen::ArrayXd sum = noise.middleCols(variable * noises, noises).square().rowwise().sum();
    raise(tau, sum.data(), factor);
  }
}

/// τ at once for one variable and one Wiener process with coefficients that grow exponentially.
void measure_line(const Batch& drift, const Batch& noise, double dt, Eigen::ArrayXd& tau) {
  const double* __restrict b = drift.data();
  const double* __restrict s = noise.data();
  double* __restrict t = tau.data();
  for (Index i = 0; i < tau.size(); ++i) {
    t[i] = larger(size(b[i]), s[i] * s[i]) * dt;
  }
}

/// Steps of the differences: a part of the increment that the variable is about to make, above the rounding of x.
Eigen::ArrayXd difference_step(const Lanes& lanes, Index variable, Index noises, double dt) {
  Eigen::ArrayXd variance = Eigen::ArrayXd::Zero(lanes.rows());
  for (Index k = 0; k < noises; ++k) {
    variance += lanes.noise.col(variable * noises + k).square();
  }
  const Eigen::ArrayXd increment = lanes.drift.col(variable).abs() * dt + (variance * dt).sqrt();
  return (relative_step * increment).max(0x1p-24 * lanes.x.col(variable).abs()).max(1e-100);
}

}  // namespace

StepSize::StepSize(const model::Sde& sde) : sde_(sde), growth_(sde.growth()) {
  if (growth_ == Growth::unknown && is_affine(sde)) {
    growth_ = Growth::linear;
  }
}

void StepSize::measure(Lanes& lanes, double dt) const {
  lanes.tau.resize(lanes.rows());
  if (growth_ == Growth::exponential && lanes.x.cols() == 1 && sde_.noises() == 1) {
    measure_line(lanes.drift, lanes.noise, dt, lanes.tau);
    return;
  }
  lanes.tau.setZero();
  look_ahead(lanes, lanes.drift, lanes.noise, dt);
  if (growth_ == Growth::unknown) {
    measure_slopes(lanes, dt);
  }
}

void StepSize::look_ahead(Lanes& lanes, const Batch& drift, const Batch& noise, double dt) const {
  for (Index d = 0; d < lanes.x.cols() && growth_ == Growth::exponential; ++d) {
    raise(lanes.tau, drift.col(d).data(), dt);
    raise_by_squares(lanes.tau, noise, d, sde_.noises(), dt);
  }
}

void StepSize::measure_slopes(Lanes& lanes, double dt) const {
  const Index n = lanes.x.cols();
  const Index noises = sde_.noises();
  Batch drift_slopes(lanes.rows(), n * n);           // column i·n + j: ∂_j b_i
  Batch noise_slopes(lanes.rows(), n * noises * n);  // column (i·noises + k)·n + j: ∂_j s_ik
  for (Index j = 0; j < n; ++j) {
    lanes.trial = lanes.x;
    lanes.trial.col(j) += difference_step(lanes, j, noises, dt);
    const Eigen::ArrayXd step = lanes.trial.col(j) - lanes.x.col(j);
    sde_.coefficients(lanes.trial, lanes.trial_drift, lanes.trial_noise);
    for (Index i = 0; i < n; ++i) {
      drift_slopes.col(i * n + j) = (lanes.trial_drift.col(i) - lanes.drift.col(i)) / step;
    }
    for (Index i = 0; i < n * noises; ++i) {
      noise_slopes.col(i * n + j) = (lanes.trial_noise.col(i) - lanes.noise.col(i)) / step;
    }
  }
  const auto cycle = [&](const Batch& slopes, Index ij, Index ji) -> Eigen::ArrayXd {
    return (slopes.col(ij) * slopes.col(ji)).abs();
  };
  for (Index i = 0; i < n; ++i) {
    for (Index j = i; j < n; ++j) {
      raise(lanes.tau, cycle(drift_slopes, i * n + j, j * n + i).sqrt().eval().data(), dt);
      for (Index k = 0; k < noises; ++k) {
        raise(lanes.tau, cycle(noise_slopes, (i * noises + k) * n + j, (j * noises + k) * n + i).eval().data(), dt);
      }
    }
  }
}

}  // namespace sgdflux::sample
