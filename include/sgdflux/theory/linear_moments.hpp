#pragma once
/// Mean and covariance over time of linear SDEs dx = −A(x − c) dt + s dW, a = s sᵀ: closed and exact for every initial
/// law, Gaussian or not. C. Gardiner, *Handbook of Stochastic Methods*, §4.4.6; docs/theory.md Eq. 3.6, 3.7.
#include <Eigen/Core>
#include <functional>
#include <vector>

namespace sgdflux::theory {

/// First two moments of n variables.
struct Moments {
  Eigen::VectorXd mean;        ///< n
  Eigen::MatrixXd covariance;  ///< n × n
};

/// A linear SDE with constant noise at one instant.
struct LinearCoefficients {
  Eigen::MatrixXd drift_matrix;  ///< A, n × n, 1/time
  Eigen::VectorXd center;        ///< c, n
  Eigen::MatrixXd diffusion;     ///< a = s sᵀ, n × n, 1/time
};

/// m_t = c + e^{−At}(m₀ − c), Σ_t = e^{−At}Σ₀e^{−Aᵀt} + ∫₀ᵗ e^{−As} a e^{−Aᵀs} ds for any A, stable or not. The
/// integral is the power series in A over t/2^k followed by k doublings, in which nothing cancels: entries keep their
/// digits at short times (Cov θ ~ t³) and at long ones. @throws SettingsError for a negative or infinite time.
[[nodiscard]] Moments moments(const LinearCoefficients& sde, double time, const Moments& initial);

/// The same for coefficients that change in time: dm/dt = −A(t)(m − c(t)), dΣ/dt = −AΣ − ΣAᵀ + a(t) from times[0] on,
/// at all `times` (increasing, the first one belongs to `initial`). Extrapolation (Bulirsch & Stoer 1966) with local
/// errors a tenth of `tolerance`, each variable in units of its own spread. A schedule that jumps wants a call on
/// either side of the jump.
/// @throws SettingsError for times that do not increase, ConvergenceError when the step size vanishes or
/// the moments overflow.
[[nodiscard]] std::vector<Moments> moments_over_time(const std::function<LinearCoefficients(double time)>& schedule,
                                                     const Moments& initial, const std::vector<double>& times,
                                                     double tolerance = 1e-12);

}  // namespace sgdflux::theory
