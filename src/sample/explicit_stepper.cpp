#include "sample/explicit_stepper.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sgdflux/sample/random.hpp"

namespace sgdflux::sample {
namespace {

constexpr double part_size = 0.1;  ///< largest τ of a part
constexpr int most_halvings = 12;

/// k with τ/2^k ≤ part_size, τ from φ.
int halvings(double phi) {
  const double lost = 1 - phi;
  const double tau = (lost + std::sqrt(lost * lost + 4 * phi * lost)) / (2 * phi);
  return std::min(static_cast<int>(std::ceil(std::log2(tau / part_size))), most_halvings);
}

/// Places of the numbers of part `part` of a step for Wiener process k: two parts share a place.
std::uint64_t division_place(const StepPlace& place, int noises, int k, std::int64_t part) {
  const auto number = static_cast<std::uint64_t>(place.step * noises + k) * 2 + static_cast<std::uint64_t>(place.level);
  return (number << most_halvings) + static_cast<std::uint64_t>(part / 2);
}

/// The Wiener increments of a few lanes over the parts of one step, in units of their standard deviation: the next one
/// is a share of what remains plus an independent part.
class Bridge {
 public:
  Bridge(const Lanes& lanes, const Index* which, Index count, int noises, std::int64_t parts)
      : place_(lanes.place),
        noises_(noises),
        parts_(parts),
        remaining_(lane_multiple, noises),
        pairs_(lane_multiple, 2 * noises),
        next_(lane_multiple, noises) {
    for (Index i = 0; i < lane_multiple; ++i) {
      const Index lane = which[std::min(i, count - 1)];
      paths_[static_cast<std::size_t>(i)] = static_cast<std::uint64_t>(place_.first + lane);
      for (int k = 0; k < noises; ++k) {
        remaining_(i, k) = std::sqrt(static_cast<double>(parts)) * lanes.normal(k)[lane];
      }
    }
  }

  /// Of part 0, 1, 2, … in this order; lane_multiple numbers for every process.
  const double* next(std::int64_t part) {
    const auto left = static_cast<double>(parts_ - part);
    for (int k = 0; k < noises_; ++k) {
      if (part % 2 == 0) {
        scattered_normals({place_.seed, Purpose::division}, paths_.data(), lane_multiple,
                          division_place(place_, noises_, k, part), pairs_.col(2 * k).data(),
                          pairs_.col(2 * k + 1).data());
      }
      next_.col(k) = remaining_.col(k) / left + std::sqrt((left - 1) / left) * pairs_.col(2 * k + part % 2);
      remaining_.col(k) -= next_.col(k);
    }
    return next_.data();
  }

 private:
  StepPlace place_;
  int noises_;
  std::int64_t parts_;
  std::array<std::uint64_t, lane_multiple> paths_{};
  Batch remaining_;
  Batch pairs_;
  Batch next_;
};

}  // namespace

void ExplicitStepper::step(Lanes& lanes) const {
  sde().coefficients(lanes.x, lanes.drift, lanes.noise);
  if (!taming_.active()) {
    lanes.damping.setOnes(lanes.rows());
    move(lanes, dt_);
  } else if (taming_.damp(lanes, dt_)) {
    lanes.before = lanes.x;
    lanes.divided = lanes.damping;
    move(lanes, dt_);
    divide(lanes);
  } else {
    move(lanes, dt_);
  }
}

void ExplicitStepper::divide(Lanes& lanes) const {
  std::array<std::array<Index, lane_multiple>, most_halvings + 1> waiting;
  std::array<Index, most_halvings + 1> count{};
  for (Index i = 0; i < lanes.rows(); ++i) {
    if (lanes.divided[i] < strongest) {
      lanes.events[i] += 1;
      const auto k = static_cast<std::size_t>(halvings(lanes.divided[i]));
      waiting[k][static_cast<std::size_t>(count[k]++)] = i;
      if (count[k] == lane_multiple) {
        divide(lanes, waiting[k].data(), count[k], static_cast<int>(k));
        count[k] = 0;
      }
    }
  }
  for (std::size_t k = 0; k < count.size(); ++k) {
    if (count[k] > 0) {
      divide(lanes, waiting[k].data(), count[k], static_cast<int>(k));
    }
  }
}

void ExplicitStepper::divide(Lanes& lanes, const Index* which, Index count, int halvings) const {
  if (!lanes.few) {
    lanes.few = std::make_unique<Lanes>();
    lanes.few->x.resize(lane_multiple, lanes.x.cols());
  }
  Lanes& few = *lanes.few;
  for (Index i = 0; i < lane_multiple; ++i) {
    few.x.row(i) = lanes.before.row(which[std::min(i, count - 1)]);
  }
  const std::int64_t parts = std::int64_t{1} << halvings;
  const double dt = std::ldexp(dt_, -halvings);
  Bridge bridge(lanes, which, count, sde().noises(), parts);
  for (std::int64_t part = 0; part < parts; ++part) {
    few.normals = bridge.next(part);
    sde().coefficients(few.x, few.drift, few.noise);
    taming_.damp(few, dt);
    move(few, dt);
  }
  for (Index i = 0; i < count; ++i) {
    lanes.x.row(which[i]) = few.x.row(i);
  }
}

}  // namespace sgdflux::sample
