#include "sgdflux/theory/balance.hpp"

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {

Eigen::ArrayXd imbalance_decay(const model::Sde& sde, core::BatchView x) {
  if (sde.name() != "balance-pair") {
    throw core::SettingsError("model.name = " + sde.name() + ": the law of balance is for balance-pair");
  }
  const core::Parameters& p = sde.parameters();
  const Eigen::ArrayXd v = x.col(0).exp();
  const Eigen::ArrayXd noise = (p.real("alpha1") * v - 2 * p.real("alpha2")) * v + p.real("alpha3");
  return p.real("T") * noise + p.real("gamma");
}

}  // namespace sgdflux::theory
