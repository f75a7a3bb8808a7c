#include "step_control.hpp"

#include <algorithm>
#include <cmath>

#include "arrays.hpp"

namespace sgdflux::continuation {
namespace {

using Array = Eigen::ArrayXd;

constexpr double tolerated = 2.5;  ///< distance in units of the target from which on a step is repeated
constexpr double bins = 20;        ///< of marginal densities that are compared
constexpr double most_growth = 2;
constexpr double least_growth = 0.25;

/// Length between 0 and |to − from| that is meant by 0.
double given_or(double length, double share, const Options& options) {
  return length > 0 ? length : share * std::abs(options.to - options.from);
}

/// The largest quarter power of two that is not above `factor`.
double quantised(double factor) { return std::exp2(std::floor(4 * std::log2(factor) + 1e-6) / 4); }

/// A marginal density as a distribution function that is linear between the faces half-way between its points.
struct Distribution {
  std::vector<double> faces;
  std::vector<double> below;

  Distribution(const std::vector<double>& x, const std::vector<double>& density) {
    const std::size_t n = x.size();
    for (std::size_t i = 0; i <= n; ++i) {
      faces.push_back(i == 0   ? 1.5 * x[0] - 0.5 * x[1]
                      : i == n ? 1.5 * x[n - 1] - 0.5 * x[n - 2]
                               : 0.5 * (x[i - 1] + x[i]));
      below.push_back(i == 0 ? 0 : below.back() + density[i - 1] * (faces[i] - faces[i - 1]));
    }
  }
  [[nodiscard]] double at(double x) const {
    const auto upper = std::upper_bound(faces.begin(), faces.end(), x);
    if (upper == faces.begin() || upper == faces.end()) {
      return upper == faces.begin() ? 0 : below.back();
    }
    const auto i = static_cast<std::size_t>(upper - faces.begin());
    const double share = (x - faces[i - 1]) / (faces[i] - faces[i - 1]);
    return below[i - 1] + share * (below[i] - below[i - 1]);
  }
};

/// ½Σ|differences of mass| over bins that hold about a twentieth of a's mass each, between faces of a's cells: finer
/// ones would see how the two grids cut a tail into cells.
double total_variation(const Distribution& a, const Distribution& b) {
  const double share = a.below.back() / bins;
  double sum = 0;
  double last = 0;
  double next = share;
  for (std::size_t i = 0; i < a.faces.size(); ++i) {
    if (a.below[i] >= next && a.below.back() - a.below[i] >= 0.5 * share) {
      const double difference = a.below[i] - b.at(a.faces[i]);
      sum += std::abs(difference - last);
      last = difference;
      next = a.below[i] + share;
    }
  }
  return 0.5 * (sum + std::abs(a.below.back() - b.below.back() - last));
}

double marginal_distance(const study::StationaryAnswer& a, const study::StationaryAnswer& b, const std::string& name) {
  const auto* xa = array(a, "density_of/" + name + "/value");
  const auto* xb = array(b, "density_of/" + name + "/value");
  const auto* pa = array(a, "density_of/" + name + "/density");
  const auto* pb = array(b, "density_of/" + name + "/density");
  return xa == nullptr || xb == nullptr ? 0 : total_variation({*xa, *pa}, {*xb, *pb});
}

}  // namespace

double distance(Probe& a, Probe& b) {
  if (!a.has_density() || !b.has_density()) {
    return a.has_density() == b.has_density() ? 0 : 1;
  }
  double largest = 0;
  for (const std::string& name : a.member().sde->variables()) {
    largest = std::max(largest, marginal_distance(a.stationary(), b.stationary(), name));
  }
  return largest;
}

StepControl::StepControl(const Options& options, double first)
    : target_(options.change),
      least_(given_or(options.min_step, 1e-4, options)),
      largest_(given_or(options.max_step, 0.1, options)),
      step_(first > 0 ? first : given_or(options.step, 0.02, options)) {
  // What is automatic gives way to what is given.
  for (const double given : {options.max_step, options.step}) {
    least_ = given > 0 ? std::min(least_, given) : least_;
  }
  for (const double given : {options.min_step, options.step}) {
    largest_ = given > 0 ? std::max(largest_, given) : largest_;
  }
  step_ = std::clamp(step_, least_, largest_);
}

bool StepControl::accept(double length, double distance) {
  const double factor = std::clamp(target_ / std::max(distance, 1e-12), least_growth, most_growth);
  const bool small_enough = distance <= tolerated * target_ || length <= least_ * (1 + 1e-9);
  // A step that was cut short, to end at a given place, says little about longer ones.
  const double base = small_enough ? std::max(length, step_ * (factor >= 1 ? 1 : 0)) : length;
  step_ = std::clamp(base * quantised(factor), least_, largest_);
  return small_enough;
}

bool StepControl::halve(double length) {
  if (length <= least_ * (1 + 1e-9)) {
    return false;
  }
  step_ = std::max(least_, 0.5 * length);
  return true;
}

}  // namespace sgdflux::continuation
