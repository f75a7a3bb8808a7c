#include "sgdflux/theory/dynamics.hpp"

#include <Eigen/LU>
#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>
#include <utility>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/kunin_2021.hpp"
#include "sgdflux/theory/linear_spectrum.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"

namespace sgdflux::theory {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXcd;
using Eigen::VectorXd;

/// φ₁ = ∫₀¹ e^{−sX} ds and φ₂ = ∫₀¹ (1 − s)e^{−sX} ds, blocks of the exponential of an augmented matrix (Van Loan
/// 1978).
struct Integrals {
  MatrixXd once;
  MatrixXd twice;
};

Integrals integrals(const MatrixXd& x) {
  const Index n = x.rows();
  MatrixXd augmented = MatrixXd::Zero(3 * n, 3 * n);
  augmented.topLeftCorner(n, n) = -x;
  augmented.block(0, n, n, n).setIdentity();
  augmented.block(n, 2 * n, n, n).setIdentity();
  const MatrixXd exponential = augmented.exp();
  return {exponential.block(0, n, n, n), exponential.block(0, 2 * n, n, n)};
}

/// Displacement and its derivative in time.
struct Growth {
  double value;
  double slope;
};

Growth growth(const LinearCoefficients& sde, const MatrixXd& sigma, const VectorXd& w, double time) {
  const MatrixXd& a = sde.drift_matrix;
  const VectorXd from = sigma * w;
  const VectorXd to = a.transpose() * w;
  if (a.norm() * time > 1) {
    const VectorXd kept = (-time * a).exp() * from;
    return {2 * (w.dot(from) - w.dot(kept)), 2 * to.dot(kept)};
  }
  // 2wᵀAΣw = wᵀaw exactly, and it vanishes where no noise acts: short motion is then ballistic.
  const Integrals phi = integrals(time * a);
  const VectorXd twice = a.transpose() * to;
  const double noise = w.dot(sde.diffusion * w);
  return {noise * time - 2 * time * time * twice.dot(phi.twice * from), noise - 2 * time * twice.dot(phi.once * from)};
}

// ---- the models
// -------------------------------------------------------------------------------------------------------

/// b and a of a linear model, read off at unit vectors: exact where the drift vanishes at 0.
LinearCoefficients coefficients_of(const model::Sde& sde) {
  const int n = sde.dimension();
  const core::Batch units = MatrixXd::Identity(n, n).array();
  const core::Batch tensor = sde.diffusion(core::Batch::Zero(1, n));
  LinearCoefficients result{-sde.drift(units).matrix().transpose(), VectorXd::Zero(n), MatrixXd(n, n)};
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      result.diffusion(i, j) = tensor(0, model::pair_index(i, j, n));
    }
  }
  return result;
}

std::shared_ptr<const LinearDynamics> momentum_regression(const model::Sde& sde) {
  const core::Parameters& p = sde.parameters();
  const MomentumRegression problem{p.real("eta"), p.real("beta"), p.real("batch"), p.real("weight_decay"),
                                   p.real("sigma2")};
  return std::make_shared<const LinearDynamics>(
      coefficients_of(sde),
      "Kunin et al., arXiv 2107.09133, linear dynamics of SGD with momentum, docs/theory.md Eq. 3.2, 3.6 to 3.9",
      problem.rates(p.matrix("rho").reshaped()));
}

std::shared_ptr<const LinearDynamics> ornstein_uhlenbeck(const model::Sde& sde) {
  const core::Parameters& p = sde.parameters();
  const MatrixXd& noise = p.matrix("noise_matrix");
  const LinearCoefficients given{p.matrix("drift_matrix"), p.matrix("center").reshaped(), noise * noise.transpose()};
  return std::make_shared<const LinearDynamics>(
      p.text("coordinates") == "modes" ? coefficients_of(sde) : given,
      "Ornstein-Uhlenbeck process (Gardiner, Handbook of Stochastic Methods, 4.4.6), docs/theory.md Eq. 3.6 to 3.9");
}

struct Row {
  const char* model;
  std::shared_ptr<const LinearDynamics> (*make)(const model::Sde&);
};

constexpr Row table[] = {{"momentum-regression", momentum_regression}, {"ornstein-uhlenbeck", ornstein_uhlenbeck}};

}  // namespace

LinearDynamics::LinearDynamics(LinearCoefficients coefficients, std::string source, std::vector<Complex> rates)
    : coefficients_(std::move(coefficients)), source_(std::move(source)), rates_(std::move(rates)) {
  const MatrixXd& a = coefficients_.drift_matrix;
  if (rates_.empty()) {
    rates_ = drift_rates(a);
  }
  if (is_stable(a)) {
    stationary_ = Moments{coefficients_.center, solve_lyapunov(a, coefficients_.diffusion)};
  }
}

const Moments& LinearDynamics::stationary() const {
  if (!stationary_) {
    throw core::SettingsError(
        "the drift matrix has an eigenvalue with a real part that is not positive: there is no "
        "stationary law");
  }
  return *stationary_;
}

std::vector<Complex> LinearDynamics::eigenvalues(int count) const { return generator_eigenvalues(rates_, count); }

Moments LinearDynamics::moments(double time, const Moments& initial) const {
  return theory::moments(coefficients_, time, initial);
}

double LinearDynamics::autocovariance(const VectorXd& weights, double time) const {
  return weights.dot((-time * coefficients_.drift_matrix).exp() * (stationary().covariance * weights));
}

double LinearDynamics::power_spectrum(const VectorXd& weights, double frequency) const {
  const Index n = stationary().mean.size();
  const MatrixXcd resolvent = coefficients_.drift_matrix + Complex(0, frequency) * MatrixXcd::Identity(n, n);
  const VectorXcd y = resolvent.transpose().fullPivLu().solve(weights.cast<Complex>());
  const VectorXd real = y.real();
  const VectorXd imaginary = y.imag();
  return real.dot(coefficients_.diffusion * real) + imaginary.dot(coefficients_.diffusion * imaginary);
}

double LinearDynamics::displacement(const VectorXd& weights, double time) const {
  return growth(coefficients_, stationary().covariance, weights, time).value;
}

double LinearDynamics::displacement_exponent(const VectorXd& weights, double time) const {
  const Growth at = growth(coefficients_, stationary().covariance, weights, time);
  return time * at.slope / at.value;
}

std::shared_ptr<const LinearDynamics> linear_dynamics(const model::Sde& sde) {
  for (const Row& row : table) {
    if (sde.name() == row.model) {
      return row.make(sde);
    }
  }
  return nullptr;
}

}  // namespace sgdflux::theory
