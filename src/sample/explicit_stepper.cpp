#include "sample/explicit_stepper.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/sample/random.hpp"

namespace sgdflux::sample {
namespace {

constexpr double part_size = 0.1;            ///< largest τ of a part
constexpr double smallest_part = 1. / 4096;  ///< of the step, whatever τ
constexpr double lost_size = 1e4;            ///< τ at the end of a step beyond which a drift that grows has won
constexpr double hopeless = 1e6;             ///< τ within a step beyond which it has won already
constexpr int part_bits = 13;                ///< a step has less than 2¹³ parts

bool any_above(const Eigen::ArrayXd& tau, double limit) {
  const double* __restrict t = tau.data();
  std::uint64_t above = 0;
  for (Index i = 0; i < tau.size(); ++i) {
    above |= t[i] > limit ? 1u : 0u;
  }
  return above != 0;
}

/// Wiener increments of one lane over parts of one step, in units of their standard deviation: the next one is a share
/// of what remains plus an independent number. All rows have the same numbers.
class Bridge {
 public:
  Bridge(const Lanes& lanes, Index lane, int noises, double dt)
      : place_(lanes.place),
        path_(lanes.place.first + lane),
        time_(dt),
        remaining_(noises),
        pairs_(2, noises),
        next_(lane_multiple, noises) {
    for (int k = 0; k < noises; ++k) {
      remaining_[k] = std::sqrt(dt) * lanes.normal(k)[lane];
    }
  }

  double remaining_time() const { return time_; }

  const double* next(double part) {
    const double share = part / time_;
    for (int k = 0; k < next_.cols(); ++k) {
      if (count_ % 2 == 0) {
        normals({place_.seed, Purpose::division}, path_, 1, numbers(k), &pairs_(0, k), &pairs_(1, k));
      }
      const double increment = share * remaining_[k] + std::sqrt(part * (1 - share)) * pairs_(count_ % 2, k);
      remaining_[k] -= increment;
      next_.col(k).setConstant(increment / std::sqrt(part));
    }
    count_ += 1;
    time_ -= part;
    return next_.data();
  }

 private:
  /// Two parts share a place.
  std::uint64_t numbers(int k) const {
    const auto step = static_cast<std::uint64_t>(place_.step * next_.cols() + k);
    const auto number = 2 * step + static_cast<std::uint64_t>(place_.level);
    return (number << part_bits) + static_cast<std::uint64_t>(count_ / 2);
  }

  StepPlace place_;
  Index path_;
  double time_;
  Eigen::ArrayXd remaining_;
  Batch pairs_;
  Batch next_;
  Index count_ = 0;
};

}  // namespace

void ExplicitStepper::step(Lanes& lanes) const {
  sde().coefficients(lanes.x, lanes.drift, lanes.noise);
  if (!size_.matters()) {
    move(lanes, dt_, 1);
    return;
  }
  size_.measure(lanes, dt_);
  lanes.before = lanes.x;
  move(lanes, dt_, 1);
  if (any_above(lanes.tau, largest_step)) {
    divide(lanes);
  }
}

void ExplicitStepper::divide(Lanes& lanes) const {
  for (Index i = 0; i < lanes.rows(); ++i) {
    if (lanes.tau[i] > largest_step) {
      lanes.events[i] += 1;
      divide(lanes, i);
    }
  }
}

bool ExplicitStepper::runs_away(Lanes& few) const {
  if (size_.growth() != model::Growth::unknown) {
    return false;  // models that say how they grow do not explode
  }
  const Batch x = few.x;
  const double here = few.drift.row(0).square().sum();
  few.x += 0.01 * dt_ / few.tau[0] * few.drift;
  sde().coefficients(few.x, few.drift, few.noise);
  const bool grows = !(few.drift.row(0).square().sum() < here);
  few.x = x;
  sde().coefficients(few.x, few.drift, few.noise);
  return grows;
}

void ExplicitStepper::divide(Lanes& lanes, Index lane) const {
  if (!lanes.few) {
    lanes.few = std::make_unique<Lanes>();
    lanes.few->x.resize(lane_multiple, lanes.x.cols());
  }
  Lanes& few = *lanes.few;
  for (Index d = 0; d < lanes.x.cols(); ++d) {
    few.x.col(d).setConstant(lanes.before(lane, d));
  }
  Bridge bridge(lanes, lane, sde().noises(), dt_);
  while (bridge.remaining_time() > 0) {
    sde().coefficients(few.x, few.drift, few.noise);
    size_.measure(few, dt_);
    const double tau = few.tau[0];
    if (!(tau < hopeless) && runs_away(few)) {
      break;
    }
    const double wanted = dt_ * std::max(part_size / tau, smallest_part);
    const double part = wanted < bridge.remaining_time() ? wanted : bridge.remaining_time();
    few.normals = bridge.next(part);
    move(few, part, tamed(tau * (part / dt_)));
  }
  // Tamed increments would turn an explosion in finite time into slow growth.
  sde().coefficients(few.x, few.drift, few.noise);
  size_.measure(few, dt_);
  if (!(few.tau[0] < lost_size) && runs_away(few)) {
    few.x.setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  lanes.x.row(lane) = few.x.row(0);
}

}  // namespace sgdflux::sample
