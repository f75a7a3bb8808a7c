/// SGD with momentum on linear regression, mode by mode: Kunin et al., arXiv 2107.09133 (underdamped Langevin
/// equation), centred at the minimum: dθ = v dt, dv = −(2/(η(1+β)))[(ρ+λ)θ + (1−β)v] dt + (2/(√(ηS)(1+β)))√(σ²ρ) dW.
/// With two modes the gradient noise may be correlated between them, σ²√(ρ_i ρ_j)·{1, c; c, 1}: then it does not
/// commute with the Hessian.
#include <cmath>
#include <limits>

#include "model/models.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::model {
namespace {

using core::ParameterKind;

std::vector<core::ParameterInfo> table() {
  const core::Range positive{0, std::numeric_limits<double>::infinity(), true};
  return {{"eta", "time per step", "learning rate", "0.1", ParameterKind::real, positive, false},
          {"beta", "1", "momentum", "0.9", ParameterKind::real, {0, 1, false, true}, false},
          {"batch", "1", "batch size S", "32", ParameterKind::real, positive, false},
          {"weight_decay", "1", "weight decay lambda", "0", ParameterKind::real, {0}, false},
          {"rho", "1", "eigenvalues of the Hessian, one or two modes", "1", ParameterKind::list, positive, false},
          {"sigma2", "1", "residual variance sigma^2", "1", ParameterKind::real, positive, false},
          {"noise_correlation",
           "1",
           "correlation of the gradient noise of two modes",
           "0",
           ParameterKind::real,
           {-1, 1, true, true},
           false}};
}

std::vector<std::string> variables_of(Eigen::Index modes) {
  return modes == 1 ? std::vector<std::string>{"theta", "v"} : std::vector<std::string>{"theta1", "v1", "theta2", "v2"};
}

class MomentumRegression final : public Sde {
 public:
  explicit MomentumRegression(const core::Parameters& values)
      : Sde(values, variables_of(values.matrix("rho").size()), static_cast<int>(values.matrix("rho").size()), {}) {
    const auto value = [&](const char* key) { return values.real(key); };
    const double eta = value("eta");
    const double step = 1 + value("beta");
    damping_ = 2 * (1 - value("beta")) / (eta * step);
    stiffness_ = 2 / (eta * step) * (values.matrix("rho").row(0).transpose().array() + value("weight_decay"));
    const Eigen::ArrayXd strength = 2 / (std::sqrt(eta * value("batch")) * step) *
                                    (value("sigma2") * values.matrix("rho").row(0).transpose().array()).sqrt();
    noise_ = strength.matrix().asDiagonal();
    if (const double c = value("noise_correlation"); noises() == 2) {
      noise_.row(1) = strength[1] * Eigen::RowVector2d(c, std::sqrt((1 - c) * (1 + c)));
    }
  }

  std::string name() const override { return "momentum-regression"; }

  Batch drift(BatchView x) const override {
    Batch b(x.rows(), x.cols());
    for (Eigen::Index k = 0; k < noises(); ++k) {
      b.col(2 * k) = x.col(2 * k + 1);
      b.col(2 * k + 1) = -stiffness_[k] * x.col(2 * k) - damping_ * x.col(2 * k + 1);
    }
    return b;
  }

  Batch noise_factor(BatchView x) const override {
    Batch s = Batch::Zero(x.rows(), dimension() * noises());
    for (Eigen::Index mode = 0; mode < noises(); ++mode) {
      for (Eigen::Index k = 0; k < noises(); ++k) {
        s.col((2 * mode + 1) * noises() + k) = noise_(mode, k);
      }
    }
    return s;
  }

  void coefficients(BatchView x, Batch& drift, Batch& noise) const override {
    drift.resize(x.rows(), x.cols());
    noise.resize(x.rows(), x.cols() * noises());
    for (Eigen::Index m = 0; m < noises(); ++m) {
      mode(x, m, drift);
      for (Eigen::Index k = 0; k < noises(); ++k) {
        noise.col(2 * m * noises() + k).setZero();
        noise.col((2 * m + 1) * noises() + k).setConstant(noise_(m, k));
      }
    }
  }
  Growth growth() const override { return Growth::linear; }

 private:
  void mode(BatchView x, Eigen::Index k, Batch& drift) const {
    const double stiffness = stiffness_[k];
    const double damping = damping_;
    const double* __restrict theta = x.col(2 * k).data();
    const double* __restrict v = x.col(2 * k + 1).data();
    double* __restrict b_theta = drift.col(2 * k).data();
    double* __restrict b_v = drift.col(2 * k + 1).data();
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      b_theta[i] = v[i];
      b_v[i] = -stiffness * theta[i] - damping * v[i];
    }
  }

  double damping_ = 0;
  Eigen::ArrayXd stiffness_;  ///< per mode, 2(ρ+λ)/(η(1+β))
  Eigen::MatrixXd noise_;     ///< noise factor of the velocities, modes × noises
};

}  // namespace

ModelInfo momentum_regression_info() {
  return {
      "momentum-regression",
      "SGD with momentum on linear regression, one or two eigenmodes of the Hessian, centred at the minimum",
      {"dtheta = v dt",
       "dv = -2/(eta (1+beta)) ((rho + weight_decay) theta + (1-beta) v) dt + 2/(sqrt(eta batch) (1+beta)) sqrt(sigma2 "
       "rho) dW",
       "with two modes: correlation of dW1 and dW2 = noise_correlation"},
      {"theta: distance from the minimum along the eigenvector", "v: velocity",
       "with two modes: theta1, v1, theta2, v2"},
      {},
      {"Gaussian density, rotating current, modified loss and velocity regulariser: Kunin et al., arXiv 2107.09133",
       "noise_correlation not 0: Gaussian density with A C + C A^T = s s^T (Lyapunov equation) and its current"},
      table()};
}

std::unique_ptr<Sde> make_momentum_regression(const core::Settings& settings) {
  const std::string rho = settings.text("model.rho", "");
  if (rho.starts_with('@')) {
    throw core::SettingsError("model.rho = " + rho +
                              ": a spectrum file is only for the command `correlate`; give one or two numbers");
  }
  core::Parameters parameters(table());
  parameters.read(settings, "model", shared_keys());
  if (parameters.matrix("rho").size() > 2) {
    throw core::SettingsError("model.rho = " + rho + ": " + std::to_string(parameters.matrix("rho").size()) +
                              " modes are given; allowed are one or two");
  }
  if (parameters.matrix("rho").size() == 1 && parameters.real("noise_correlation") != 0) {
    throw core::SettingsError("model.noise_correlation = " + settings.text("model.noise_correlation", "") +
                              ": a correlation needs two modes (model.rho = r1 r2); allowed with one is 0");
  }
  return std::make_unique<MomentumRegression>(parameters);
}

}  // namespace sgdflux::model
