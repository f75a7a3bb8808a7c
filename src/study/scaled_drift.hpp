#pragma once
/// A model made wrong on purpose.
#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

/// The same equation with its drift multiplied by a factor: what a validation must be able to tell from the truth.
class ScaledDrift final : public model::Sde {
 public:
  ScaledDrift(const model::Sde& sde, double factor)
      : Sde(sde.parameters(), sde.variables(), sde.noises(), sde.derived()), sde_(sde), factor_(factor) {}

  [[nodiscard]] std::string name() const override { return sde_.name(); }
  [[nodiscard]] model::Interval natural_domain(int d) const override { return sde_.natural_domain(d); }
  [[nodiscard]] Eigen::VectorXd typical_point() const override { return sde_.typical_point(); }
  [[nodiscard]] model::Batch drift(model::BatchView x) const override { return factor_ * sde_.drift(x); }
  [[nodiscard]] model::Batch noise_factor(model::BatchView x) const override { return sde_.noise_factor(x); }
  void coefficients(model::BatchView x, model::Batch& drift, model::Batch& noise) const override {
    sde_.coefficients(x, drift, noise);
    drift *= factor_;
  }
  [[nodiscard]] model::Growth growth() const override { return sde_.growth(); }
  [[nodiscard]] Eigen::ArrayXd derive(int which, model::BatchView x) const override { return sde_.derive(which, x); }

 private:
  const model::Sde& sde_;
  double factor_;
};

}  // namespace sgdflux::study
