#include "sgdflux/theory/linear_moments.hpp"

#include <algorithm>
#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <string>
#include <unsupported/Eigen/MatrixFunctions>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// e^{−At} and Q = ∫₀ᵗ e^{−As} a e^{−Aᵀs} ds.
struct Flow {
  MatrixXd propagator;
  MatrixXd noise;
};

/// Q = Σ_k t^{k+1}/(k+1)! D_k with D₀ = a, D_{k+1} = −(A D_k + D_k Aᵀ), for ‖A‖t ≤ 1/4.
Flow short_flow(const LinearCoefficients& sde, double time) {
  constexpr int terms = 20;  // (2‖A‖t)^20/21! = 2e-26
  const MatrixXd& a = sde.drift_matrix;
  Flow flow{(-time * a).exp(), MatrixXd::Zero(a.rows(), a.cols())};
  MatrixXd term = time * sde.diffusion;
  for (int k = 0; k < terms; ++k) {
    flow.noise += term;
    term = (-time / (k + 2) * (a * term + term * a.transpose())).eval();
  }
  return flow;
}

Flow flow_of(const LinearCoefficients& sde, double time) {
  const double size = sde.drift_matrix.cwiseAbs().rowwise().sum().maxCoeff() * time;
  const int doublings = size > 0.25 ? static_cast<int>(std::ceil(std::log2(4 * size))) : 0;
  Flow flow = short_flow(sde, std::ldexp(time, -doublings));
  for (int k = 0; k < doublings; ++k) {
    const MatrixXd& e = flow.propagator;
    flow.noise = (flow.noise + e * flow.noise * e.transpose()).eval();
    flow.propagator = (e * e).eval();
  }
  return flow;
}

// ---- coefficients that change in time
// ---------------------------------------------------------------------------------

using State = std::vector<double>;  ///< m, then Σ column by column, in units of `Scale`

/// The size of each variable's mean and spread, which makes one tolerance fit all.
struct Scale {
  VectorXd mean;
  VectorXd spread;
};

State pack(const Moments& m, const Scale& scale) {
  const VectorXd mean = m.mean.cwiseQuotient(scale.mean);
  const VectorXd inverse = scale.spread.cwiseInverse();
  const MatrixXd covariance = inverse.asDiagonal() * m.covariance * inverse.asDiagonal();
  State state(mean.begin(), mean.end());
  state.insert(state.end(), covariance.data(), covariance.data() + covariance.size());
  return state;
}

Moments unpack(const State& state, const Scale& scale) {
  const Index n = scale.mean.size();
  const Eigen::Map<const VectorXd> mean(state.data(), n);
  const Eigen::Map<const MatrixXd> covariance(state.data() + n, n, n);
  const MatrixXd physical = scale.spread.asDiagonal() * covariance * scale.spread.asDiagonal();
  return {mean.cwiseProduct(scale.mean), (physical + physical.transpose()) / 2};
}

/// From the initial covariance and distance, and what the noise of the first instant adds within the shorter one of the
/// whole time and the time of the fastest motion.
Scale scale_of(const LinearCoefficients& first, const Moments& initial, double duration) {
  const double rate = first.drift_matrix.norm();
  const double time = rate * duration > 1 ? 1 / rate : duration;
  const VectorXd variance = initial.covariance.diagonal() + flow_of(first, time).noise.diagonal();
  const auto root = [](double value) { return value > 0 ? std::sqrt(value) : 1.0; };
  return {(variance + (initial.mean - first.center).cwiseAbs2()).unaryExpr(root), variance.unaryExpr(root)};
}

void check_times(const std::vector<double>& times) {
  if (times.empty() || std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) != times.end()) {
    throw core::SettingsError("times of moments: must be one or more and increase");
  }
}

}  // namespace

Moments moments(const LinearCoefficients& sde, double time, const Moments& initial) {
  if (!(time >= 0) || std::isinf(time)) {
    throw core::SettingsError("time = " + std::to_string(time) + ": must be finite and not negative");
  }
  const auto [propagator, noise] = flow_of(sde, time);
  const MatrixXd covariance = propagator * initial.covariance * propagator.transpose() + noise;
  return {sde.center + propagator * (initial.mean - sde.center), (covariance + covariance.transpose()) / 2};
}

std::vector<Moments> moments_over_time(const std::function<LinearCoefficients(double)>& schedule,
                                       const Moments& initial, const std::vector<double>& times, double tolerance) {
  namespace odeint = boost::numeric::odeint;
  check_times(times);
  const double duration = times.back() - times.front();
  const Scale scale = scale_of(schedule(times.front()), initial, duration);
  const auto derivative = [&](const State& state, State& change, double time) {
    const Moments at = unpack(state, scale);
    const LinearCoefficients sde = schedule(time);
    const MatrixXd flow = sde.drift_matrix * at.covariance;
    change = pack({-sde.drift_matrix * (at.mean - sde.center), sde.diffusion - flow - flow.transpose()}, scale);
  };
  std::vector<Moments> result;
  const auto record = [&](const State& at, double time) {
    result.push_back(unpack(at, scale));
    if (!result.back().mean.allFinite() || !result.back().covariance.allFinite()) {
      throw core::ConvergenceError("the moments leave the doubles before t = " + std::to_string(time));
    }
  };
  State state = pack(initial, scale);
  // Not Fehlberg's 7(8) pair: its error estimate is blind to what depends on time alone, and that is what schedules do.
  const odeint::bulirsch_stoer<State> stepper(tolerance / 10, tolerance / 10);
  try {
    odeint::integrate_times(stepper, derivative, state, times.begin(), times.end(), duration / 1000, record);
  } catch (const odeint::odeint_error& error) {
    throw core::ConvergenceError(std::string("the moment equations cannot be integrated to the tolerance asked for: ") +
                                 error.what());
  }
  return result;
}

}  // namespace sgdflux::theory
