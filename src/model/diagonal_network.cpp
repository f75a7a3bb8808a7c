/// Diagonal linear network on its balanced manifold: Ziyin, Li & Ueda, arXiv 2308.06671 (one-dimensional SDE of v,
/// the product of the weights summed over channels), posed in s = ln|v| for depth ≥ 1 and in v for depth 0.
#include <cmath>

#include "model/models.hpp"
#include "model/moments.hpp"
#include "sgdflux/core/elementary.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::model {
namespace {

using core::ParameterKind;
using Eigen::ArrayXd;

std::vector<core::ParameterInfo> table() {
  std::vector<core::ParameterInfo> rows = {
      {"depth", "1", "number D of hidden layers", "1", ParameterKind::integer, {0}, false},
      {"width",
       "1",
       "number d of living channels, all of one sign; 1 at depth 0",
       "1",
       ParameterKind::integer,
       {1},
       false}};
  const std::vector<core::ParameterInfo> moments = moment_parameters();
  rows.insert(rows.end(), moments.begin(), moments.end());
  rows.push_back({"sign", "1", "sign of v, +1 or -1 (depth 0 has both)", "1", ParameterKind::integer, {-1, 1}, false});
  rows.push_back({"second_order",
                  "1",
                  "1: SGD's second-order loss correction T/4 |grad L|^2",
                  "0",
                  ParameterKind::integer,
                  {0, 1},
                  false});
  return rows;
}

core::Parameters read(const core::Settings& settings) {
  core::Parameters parameters(table());
  parameters.read(settings, "model", shared_keys());
  resolve_temperature(parameters);
  if (parameters.integer("sign") == 0) {
    throw core::SettingsError("model.sign = 0: out of range; allowed are +1 and -1");
  }
  const bool shallow = parameters.integer("depth") == 0;
  if (shallow && parameters.integer("width") != 1) {
    throw core::SettingsError("model.width = " + std::to_string(parameters.integer("width")) +
                              ": out of range; at depth 0 the width is 1");
  }
  if (shallow && parameters.integer("sign") != 1) {
    throw core::SettingsError("model.sign = -1: at depth 0 the variable v has both signs, leave out sign");
  }
  return parameters;
}

/// Drift and noise factor of s at one point, for loops; a value, so that its numbers stay in registers.
struct NetworkLaw {
  double m;
  Moments moments;
  SquareForm variance;

  template <bool second_order>
  [[gnu::always_inline]] void evaluate(double v, double r, double& drift, double& noise) const {
    const double f = moments.beta1 * v - moments.beta2;
    const double strength = moments.temperature * variance(v);
    drift = -2 * m * r * (f + r * strength) - 2 * m * moments.gamma;
    noise = 2 * m * r * std::sqrt(strength);
    if constexpr (second_order) {
      drift -= 2 * m * moments.temperature * (r * f + moments.gamma) *
               (r * (m * moments.beta1 * v + (m - 1) * f) + moments.gamma);
    }
  }

  /// Over n points s, with r = factor·e^{power·s}.
  template <bool second_order>
  void fill(Eigen::Index n, double factor, double power, const double* points, double* drift, double* noise) const {
    const NetworkLaw law = *this;
    const double* __restrict s = points;
    double* __restrict b = drift;
    double* __restrict a = noise;
    if (power == 0) {  // two layers: no second exponential
      for (Eigen::Index i = 0; i < n; ++i) {
        law.evaluate<second_order>(core::elementary::exp(s[i]), factor, b[i], a[i]);
      }
    } else {
      for (Eigen::Index i = 0; i < n; ++i) {
        law.evaluate<second_order>(core::elementary::exp(s[i]), factor * core::elementary::exp(power * s[i]), b[i],
                                   a[i]);
      }
    }
  }
};

/// Depth ≥ 1, s = ln|v|, m = D+1, r = d^{2/m−1}|v|^{(D−1)/m}:
/// ds = −2m r(f + rTg) dt − 2mγ dt + 2m r√(Tg) dW.
/// Second order, from the gradient of ¼T‖∇(L + γ‖θ‖²)‖² on the balanced manifold:
/// ds gains −2mT(rf + γ)(r(mβ₁|v| + Df) + γ) dt, the published −2mTr²f(mβ₁|v| + Df) at γ = 0.
class DeepNetwork final : public Sde {
 public:
  explicit DeepNetwork(core::Parameters values)
      : Sde(std::move(values), {"s"}, 1, {{"v", "sign*e^s, the slope that the network has learned"}}),
        sign_(parameters().real("sign")),
        moments_(sign_ > 0 ? moments_of(parameters()) : moments_of(parameters()).mirrored()),
        layers_(parameters().real("depth") + 1),
        width_factor_(std::pow(parameters().real("width"), 2 / layers_ - 1)),
        second_order_(parameters().integer("second_order") == 1) {}

  std::string name() const override { return "diagonal-network"; }
  Batch drift(BatchView x) const override;
  Batch noise_factor(BatchView x) const override {
    return 2 * layers_ * rate(x.col(0)) * (moments_.temperature * moments_.variance(x.col(0).exp())).sqrt();
  }
  void coefficients(BatchView x, Batch& drift, Batch& noise) const override;
  Growth growth() const override { return Growth::exponential; }
  ArrayXd derive(int, BatchView x) const override { return sign_ * x.col(0).unaryExpr(&exponential); }
  Eigen::VectorXd typical_point() const override;

 private:
  static double exponential(double s) { return core::elementary::exp(s); }
  ArrayXd rate(const ArrayXd& s) const { return width_factor_ * ((layers_ - 2) / layers_ * s).exp(); }

  double sign_;
  Moments moments_;
  double layers_;
  double width_factor_;
  bool second_order_;
};

void DeepNetwork::coefficients(BatchView x, Batch& drift, Batch& noise) const {
  drift.resize(x.rows(), 1);
  noise.resize(x.rows(), 1);
  const NetworkLaw law{layers_, moments_, moments_.square_form()};
  const double power = (layers_ - 2) / layers_;
  if (second_order_) {
    law.fill<true>(x.rows(), width_factor_, power, x.data(), drift.data(), noise.data());
  } else {
    law.fill<false>(x.rows(), width_factor_, power, x.data(), drift.data(), noise.data());
  }
}

Batch DeepNetwork::drift(BatchView x) const {
  const ArrayXd v = x.col(0).exp();
  const ArrayXd r = rate(x.col(0));
  const ArrayXd f = moments_.slope(v);
  const double m = layers_;
  const double t = moments_.temperature;
  ArrayXd b = -2 * m * r * (f + r * t * moments_.variance(v)) - 2 * m * moments_.gamma;
  if (second_order_) {
    b -= 2 * m * t * (r * f + moments_.gamma) * (r * (m * moments_.beta1 * v + (m - 1) * f) + moments_.gamma);
  }
  return b;
}

Eigen::VectorXd DeepNetwork::typical_point() const {
  const double minimum = moments_.beta2 / moments_.beta1;
  return Eigen::VectorXd::Constant(1, minimum > 0 ? std::log(minimum) : 0.0);
}

/// Depth 0: dv = −2f dt + 2√(Tg) dW with f = (β₁+γ)v − β₂; second order: dv gains −2T(β₁+γ)f dt.
class LinearNeuron final : public Sde {
 public:
  explicit LinearNeuron(core::Parameters values)
      : Sde(std::move(values), {"v"}, 1, {}), moments_(moments_of(parameters())) {
    moments_.beta1 += moments_.gamma;
    slowdown_ = parameters().integer("second_order") == 1 ? moments_.temperature * moments_.beta1 : 0.0;
  }

  std::string name() const override { return "diagonal-network"; }
  Batch drift(BatchView x) const override { return -2 * (1 + slowdown_) * moments_.slope(x.col(0)); }
  Batch noise_factor(BatchView x) const override {
    return 2 * (moments_.temperature * moments_.variance(x.col(0))).sqrt();
  }
  void coefficients(BatchView x, Batch& drift, Batch& noise) const override;
  Growth growth() const override { return Growth::linear; }
  Eigen::VectorXd typical_point() const override {
    return Eigen::VectorXd::Constant(1, moments_.beta2 / moments_.beta1);
  }

 private:
  Moments moments_;
  double slowdown_ = 0;  ///< T(β₁+γ): the second-order correction multiplies the drift by 1 + this
};

void LinearNeuron::coefficients(BatchView x, Batch& drift, Batch& noise) const {
  drift.resize(x.rows(), 1);
  noise.resize(x.rows(), 1);
  const SquareForm variance = moments_.square_form();
  const double rate = -2 * (1 + slowdown_);
  const double beta1 = moments_.beta1;
  const double beta2 = moments_.beta2;
  const double temperature = moments_.temperature;
  const double* __restrict v = x.data();
  double* __restrict b = drift.data();
  double* __restrict a = noise.data();
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    b[i] = rate * (beta1 * v[i] - beta2);
    a[i] = 2 * std::sqrt(temperature * variance(v[i]));
  }
}

}  // namespace

ModelInfo diagonal_network_info() {
  return {
      "diagonal-network",
      "SGD on a diagonal linear network, loss (v x - y)^2, on its balanced manifold",
      {"depth D >= 1, m = D + 1, f = beta1 |v| - sign beta2, g = alpha1 v^2 - 2 sign alpha2 |v| + alpha3, r = "
       "width^(2/m-1) |v|^((D-1)/m):",
       "ds = -2m r (f + r T g) dt - 2m gamma dt + 2m r sqrt(T g) dW",
       "second_order = 1: ds gains -2m T (r f + gamma) (r (m beta1 |v| + D f) + gamma) dt",
       "depth 0: dv = -2 ((beta1 + gamma) v - beta2) dt + 2 sqrt(T g) dW; second_order = 1: the drift times 1 + T "
       "(beta1 + gamma)"},
      {"s: ln|v|, v the product of the weights summed over channels (depth >= 1)", "v: the weight (depth 0)"},
      {"v: sign*e^s (depth >= 1)"},
      {"stationary density for every depth, critical temperature, mode and tails: Ziyin, Li & Ueda, arXiv 2308.06671, "
       "Phys. Rev. E 111, 065303"},
      table()};
}

std::unique_ptr<Sde> make_diagonal_network(const core::Settings& settings) {
  core::Parameters parameters = read(settings);
  if (parameters.integer("depth") == 0) {
    return std::make_unique<LinearNeuron>(std::move(parameters));
  }
  return std::make_unique<DeepNetwork>(std::move(parameters));
}

}  // namespace sgdflux::model
