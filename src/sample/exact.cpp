/// Linear drift, constant noise: the exact law of the step, x ← Ex + g + Rξ.
#include <cmath>

#include "sample/equation_shape.hpp"
#include "sample/increments.hpp"
#include "sample/linear_step.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

LinearEquation required_equation(const model::Sde& sde) {
  const std::optional<LinearEquation> equation = linear_equation(sde);
  if (!equation) {
    throw core::SettingsError(
        "sample.integrator = exact: the drift of this equation is not linear or its noise factor is not constant; "
        "allowed are linear equations");
  }
  return *equation;
}

class Exact final : public Stepper {
 public:
  Exact(const model::Sde& equation, double dt)
      : Stepper(equation),
        equation_(required_equation(equation)),
        step_(linear_step(equation_.slope, equation_.constant, equation_.noise, dt)) {}
  int normals() const override { return sde().dimension(); }
  void step(Lanes& lanes) const override;
  void check(Lanes& lanes) const override;

 private:
  LinearEquation equation_;
  LinearStep step_;
};

void Exact::step(Lanes& lanes) const {
  const Index n = lanes.x.cols();
  lanes.trial.resize(lanes.rows(), n);
  for (Index d = 0; d < n; ++d) {
    lanes.trial.col(d) = step_.shift[d];
    for (Index j = 0; j < n; ++j) {
      add(lanes.rows(), step_.propagator(d, j), lanes.x.col(j).data(), lanes.trial.col(d).data());
    }
    for (Index j = 0; j < n; ++j) {
      add(lanes.rows(), step_.root(d, j), lanes.normal(j), lanes.trial.col(d).data());
    }
  }
  lanes.x.swap(lanes.trial);
}

void Exact::check(Lanes& lanes) const {
  sde().coefficients(lanes.x, lanes.drift, lanes.noise);
  for (Index i = 0; i < lanes.rows(); ++i) {
    const Eigen::VectorXd x = lanes.x.row(i).matrix().transpose();
    const Eigen::VectorXd expected = equation_.slope * x + equation_.constant;
    const Eigen::VectorXd terms = equation_.slope.cwiseAbs() * x.cwiseAbs() + equation_.constant.cwiseAbs();
    for (Index d = 0; d < lanes.x.cols() && x.allFinite(); ++d) {
      if (!agrees(lanes.drift(i, d), expected[d], terms[d])) {
        throw core::SettingsError("sample.integrator = exact: the drift of " +
                                  sde().variables()[static_cast<std::size_t>(d)] +
                                  " is not linear where the paths are; allowed are linear equations");
      }
      for (Index k = 0; k < sde().noises(); ++k) {
        if (!agrees(lanes.noise(i, d * sde().noises() + k), equation_.noise(d, k), std::abs(equation_.noise(d, k)))) {
          throw core::SettingsError("sample.integrator = exact: the noise factor of " +
                                    sde().variables()[static_cast<std::size_t>(d)] +
                                    " is not constant where the paths are; allowed are linear equations");
        }
      }
    }
  }
}

}  // namespace

std::unique_ptr<Stepper> make_exact(const model::Sde& sde, double dt) { return std::make_unique<Exact>(sde, dt); }

}  // namespace sgdflux::sample
