/// Two-layer neuron before balance, v = uw > 0: Ziyin, Li & Ueda, arXiv 2308.06671. In s = ln(uw) and φ = ½ln(u/w):
/// ds = [−4cosh2φ·f − 4cosh4φ·Tg − 4γ] dt + 4cosh2φ√(Tg) dW, dφ = [2sinh2φ·f + 2sinh4φ·Tg] dt − 2sinh2φ√(Tg) dW.
#include <cmath>

#include "model/models.hpp"
#include "model/moments.hpp"
#include "sgdflux/core/elementary.hpp"

namespace sgdflux::model {
namespace {

using Eigen::ArrayXd;

class BalancePair final : public Sde {
 public:
  explicit BalancePair(core::Parameters values)
      : Sde(std::move(values), {"s", "phi"}, 1,
            {{"v", "u*w = e^s, the slope that the neuron has learned"},
             {"u", "first weight, e^(s/2+phi)"},
             {"w", "second weight, e^(s/2-phi)"},
             {"imbalance", "u^2 - w^2"}}),
        moments_(moments_of(parameters())) {}

  std::string name() const override { return "balance-pair"; }
  Batch drift(BatchView x) const override;
  Batch noise_factor(BatchView x) const override;
  void coefficients(BatchView x, Batch& drift, Batch& noise) const override;
  Growth growth() const override { return Growth::exponential; }
  ArrayXd derive(int which, BatchView x) const override;
  Eigen::VectorXd typical_point() const override {
    const double minimum = moments_.beta2 / moments_.beta1;
    return Eigen::Vector2d(minimum > 0 ? std::log(minimum) : 0.0, 0.0);
  }

 private:
  Moments moments_;
};

Batch BalancePair::drift(BatchView x) const {
  const ArrayXd v = x.col(0).exp();
  const ArrayXd f = moments_.slope(v);
  const ArrayXd noise = moments_.temperature * moments_.variance(v);
  const ArrayXd ch = (2 * x.col(1)).cosh();
  const ArrayXd sh = (2 * x.col(1)).sinh();
  Batch b(x.rows(), 2);
  b.col(0) = -4 * ch * f - 4 * (ch.square() + sh.square()) * noise - 4 * moments_.gamma;  // cosh4φ = cosh²2φ + sinh²2φ
  b.col(1) = 2 * sh * (f + 2 * ch * noise);
  return b;
}

Batch BalancePair::noise_factor(BatchView x) const {
  const ArrayXd strength = (moments_.temperature * moments_.variance(x.col(0).exp())).sqrt();
  Batch s(x.rows(), 2);
  s.col(0) = 4 * (2 * x.col(1)).cosh() * strength;
  s.col(1) = -2 * (2 * x.col(1)).sinh() * strength;
  return s;
}

void BalancePair::coefficients(BatchView x, Batch& drift, Batch& noise) const {
  drift.resize(x.rows(), 2);
  noise.resize(x.rows(), 2);
  const SquareForm variance = moments_.square_form();
  const Moments data = moments_;
  const double* __restrict s = x.col(0).data();
  const double* __restrict phi = x.col(1).data();
  double* __restrict b_s = drift.col(0).data();
  double* __restrict b_phi = drift.col(1).data();
  double* __restrict a_s = noise.col(0).data();
  double* __restrict a_phi = noise.col(1).data();
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const double v = core::elementary::exp(s[i]);
    const core::elementary::Hyperbolic h = core::elementary::hyperbolic(2 * phi[i]);
    const double f = data.beta1 * v - data.beta2;
    const double strength = data.temperature * variance(v);
    const double root = std::sqrt(strength);
    b_s[i] = -4 * h.cosh * f - 4 * (h.cosh * h.cosh + h.sinh * h.sinh) * strength - 4 * data.gamma;
    b_phi[i] = 2 * h.sinh * (f + 2 * h.cosh * strength);
    a_s[i] = 4 * h.cosh * root;
    a_phi[i] = -2 * h.sinh * root;
  }
}

/// Plain loops: the value of a row does not depend on where it stands.
template <class F>
ArrayXd each(BatchView x, F f) {
  ArrayXd values(x.rows());
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    values[i] = f(x(i, 0), x(i, 1));
  }
  return values;
}

ArrayXd BalancePair::derive(int which, BatchView x) const {
  namespace elementary = core::elementary;
  switch (which) {
    case 0:
      return each(x, [](double s, double) { return elementary::exp(s); });
    case 1:
      return each(x, [](double s, double phi) { return elementary::exp(s / 2 + phi); });
    case 2:
      return each(x, [](double s, double phi) { return elementary::exp(s / 2 - phi); });
    case 3:
      return each(x,
                  [](double s, double phi) { return 2 * elementary::exp(s) * elementary::hyperbolic(2 * phi).sinh; });
    default:
      return Sde::derive(which, x);
  }
}

}  // namespace

ModelInfo balance_pair_info() {
  return {"balance-pair",
          "SGD on a two-layer linear neuron u*w before its weights are balanced, loss (u w x - y)^2",
          {"f = beta1 v - beta2, g = alpha1 v^2 - 2 alpha2 v + alpha3, v = e^s, one Wiener process:",
           "ds = (-4 cosh(2phi) f - 4 cosh(4phi) T g - 4 gamma) dt + 4 cosh(2phi) sqrt(T g) dW",
           "dphi = (2 sinh(2phi) f + 2 sinh(4phi) T g) dt - 2 sinh(2phi) sqrt(T g) dW"},
          {"s: ln(u w)", "phi: ln(u/w)/2"},
          {"v: u*w = e^s", "u: e^(s/2+phi)", "w: e^(s/2-phi)", "imbalance: u^2 - w^2"},
          {"law of balance, d ln|u^2-w^2| = -4 (T g + gamma) dt along every path: Ziyin, Li & Ueda, arXiv 2308.06671"},
          moment_parameters()};
}

std::unique_ptr<Sde> make_balance_pair(const core::Settings& settings) {
  core::Parameters parameters(moment_parameters());
  parameters.read(settings, "model", shared_keys());
  resolve_temperature(parameters);
  return std::make_unique<BalancePair>(std::move(parameters));
}

}  // namespace sgdflux::model
