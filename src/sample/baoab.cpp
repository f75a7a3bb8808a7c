/// BAOAB splitting for kinetic equations (Leimkuhler & Matthews 2013): half a kick, half a drift, the exact
/// Ornstein–Uhlenbeck step of the velocities, half a drift, half a kick.
#include <cmath>

#include "sample/equation_shape.hpp"
#include "sample/increments.hpp"
#include "sample/linear_step.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

KineticEquation required_equation(const model::Sde& sde) {
  std::optional<KineticEquation> equation = kinetic_equation(sde);
  if (!equation) {
    throw core::SettingsError(
        "sample.integrator = baoab: this equation is not kinetic; allowed are pairs dx = v dt, dv = (F(x) - friction "
        "v) "
        "dt + constant noise");
  }
  return *equation;
}

class Baoab final : public Stepper {
 public:
  Baoab(const model::Sde& equation, double dt)
      : Stepper(equation),
        dt_(dt),
        equation_(required_equation(equation)),
        bath_(linear_step(-equation_.friction, Eigen::VectorXd::Zero(equation_.friction.rows()), equation_.noise, dt)) {
  }
  int normals() const override { return static_cast<int>(equation_.velocities.size()); }
  void step(Lanes& lanes) const override;
  void check(Lanes& lanes) const override;

 private:
  Index modes() const { return bath_.root.rows(); }
  Index position(Index mode) const { return equation_.positions[static_cast<std::size_t>(mode)]; }
  Index velocity(Index mode) const { return equation_.velocities[static_cast<std::size_t>(mode)]; }
  /// F(x) into the velocities' columns of trial_drift.
  void force(Lanes& lanes) const;
  void kick(Lanes& lanes) const;
  void drift(Lanes& lanes) const;
  void thermalise(Lanes& lanes) const;

  double dt_;
  KineticEquation equation_;
  LinearStep bath_;
};

void Baoab::force(Lanes& lanes) const {
  lanes.trial = lanes.x;
  for (Index m = 0; m < modes(); ++m) {
    lanes.trial.col(velocity(m)).setZero();
  }
  sde().coefficients(lanes.trial, lanes.trial_drift, lanes.trial_noise);
}

void Baoab::kick(Lanes& lanes) const {
  for (Index m = 0; m < modes(); ++m) {
    add(lanes.rows(), dt_ / 2, lanes.trial_drift.col(velocity(m)).data(), lanes.x.col(velocity(m)).data());
  }
}

void Baoab::drift(Lanes& lanes) const {
  for (Index m = 0; m < modes(); ++m) {
    add(lanes.rows(), dt_ / 2, lanes.x.col(velocity(m)).data(), lanes.x.col(position(m)).data());
  }
}

void Baoab::thermalise(Lanes& lanes) const {
  lanes.other.resize(lanes.rows(), modes());
  for (Index m = 0; m < modes(); ++m) {
    lanes.other.col(m).setZero();
    for (Index j = 0; j < modes(); ++j) {
      add(lanes.rows(), bath_.propagator(m, j), lanes.x.col(velocity(j)).data(), lanes.other.col(m).data());
      add(lanes.rows(), bath_.root(m, j), lanes.normal(j), lanes.other.col(m).data());
    }
  }
  for (Index m = 0; m < modes(); ++m) {
    lanes.x.col(velocity(m)) = lanes.other.col(m);
  }
}

// The force after a step is that before the next one.
void Baoab::step(Lanes& lanes) const {
  if (lanes.fresh) {
    force(lanes);
  }
  kick(lanes);
  drift(lanes);
  thermalise(lanes);
  drift(lanes);
  force(lanes);
  kick(lanes);
}

void Baoab::check(Lanes& lanes) const {
  force(lanes);
  sde().coefficients(lanes.x, lanes.drift, lanes.noise);
  for (Index i = 0; i < lanes.rows(); ++i) {
    for (Index m = 0; m < modes() && lanes.x.row(i).isFinite().all(); ++m) {
      double friction = 0;
      double terms = std::abs(lanes.trial_drift(i, velocity(m)));
      for (Index j = 0; j < modes(); ++j) {
        friction += equation_.friction(m, j) * lanes.x(i, velocity(j));
        terms += std::abs(equation_.friction(m, j) * lanes.x(i, velocity(j)));
      }
      const bool kinetic =
          agrees(lanes.drift(i, velocity(m)), lanes.trial_drift(i, velocity(m)) - friction, terms) &&
          agrees(lanes.drift(i, position(m)), lanes.x(i, velocity(m)), std::abs(lanes.x(i, velocity(m))));
      if (!kinetic) {
        throw core::SettingsError(
            "sample.integrator = baoab: where the paths are, the friction of " +
            sde().variables()[static_cast<std::size_t>(velocity(m))] +
            " is not constant or its position does not move with it; allowed are pairs dx = v dt, "
            "dv = (F(x) - friction v) dt + constant noise");
      }
    }
  }
}

}  // namespace

std::unique_ptr<Stepper> make_baoab(const model::Sde& sde, double dt) { return std::make_unique<Baoab>(sde, dt); }

}  // namespace sgdflux::sample
