#include "tails.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::study {
namespace {

using Values = Eigen::ArrayXd;
using Eigen::Index;

constexpr double above_rounding = 1e-11;  ///< of the largest cell mass: below, the solver's residual shows
constexpr double least_range = 1.6;       ///< ln of the distance from the core that two windows need
constexpr double core_depth = 2;          ///< the core ends where the density has fallen by e²
constexpr double inner_window = 0.4;      ///< of the range in ln|x − c|: where the windows begin and meet
constexpr double middle = 0.67;
constexpr double outer_window = 0.95;  ///< cells next to the end feel that it is there
constexpr double agreement = 0.12;     ///< of the exponent, between the windows

/// ln of the distance and of the density from the peak to one end, and where rounding takes over.
struct Branch {
  Values distance;
  Values density;
  double centre = 0;  ///< where the density is largest, and its value there
  double top = 0;
};

Branch branch(const mesh::Axis& axis, const Values& w, bool upper) {
  const Values xi = Values::NullaryExpr(axis.cells(), [&](Index i) { return axis.centre(i); });
  const Values x = axis.centres();
  const Values f = w / axis.map().slope(xi);
  Index peak = 0;
  f.maxCoeff(&peak);
  const double floor = above_rounding * w.maxCoeff();
  const Index step = upper ? 1 : -1;
  std::vector<double> distance;
  std::vector<double> density;
  for (Index i = peak + step; i >= 0 && i < w.size() && w(i) > floor; i += step) {
    distance.push_back(std::log(std::abs(x(i) - x(peak))));
    density.push_back(std::log(f(i) / f(peak)));
  }
  const auto count = static_cast<Index>(distance.size());
  return {Values(Eigen::Map<Values>(distance.data(), count)), Values(Eigen::Map<Values>(density.data(), count)),
          x(peak), f(peak) / axis.spacing()};
}

struct Slope {
  Index points = 0;
  double value = 0;
  double error = 0;  ///< standard error
  double at = 0;     ///< means of the abscissae and ordinates
  double mean = 0;
};

/// Least squares over the points with lower ≤ ln distance ≤ upper.
Slope slope(const Branch& data, double lower, double upper) {
  const Values inside = (data.distance >= lower && data.distance <= upper).cast<double>();
  const double n = inside.sum();
  if (n < 4) {
    return {};
  }
  const double mx = (inside * data.distance).sum() / n;
  const double my = (inside * data.density).sum() / n;
  const Values dx = data.distance - mx;
  const double sxx = (inside * dx.square()).sum();
  const double value = (inside * dx * data.density).sum() / sxx;
  const double rest = (inside * (data.density - my - value * dx).square()).sum();
  return {static_cast<Index>(n), value, std::sqrt(rest / ((n - 2) * sxx)), mx, my};
}

std::string end_words(const mesh::Axis& axis, bool upper) { return axis.name() + " → " + (upper ? "+∞" : "−∞"); }

TailDecay exact_decay(const std::string& name, const theory::End& end, bool upper) {
  TailDecay decay{name, upper, "light", 0, 0, true};
  if (std::isfinite(end.exponent) && end.rate == 0) {
    decay.kind = "algebraic";
    decay.exponent = end.exponent;
    decay.error = 1e-6 * std::max(1., std::abs(end.exponent));
  } else if (end.rate != 0 && std::isfinite(end.rate)) {
    decay.kind = "exponential";
    decay.exponent = end.rate;
    decay.error = 1e-6 * std::abs(end.rate);
  }
  return decay;
}

bool truncated(const mesh::Axis& axis, bool upper) {
  return (upper ? axis.spec().upper : axis.spec().lower) == mesh::Boundary::truncated;
}

}  // namespace

PowerFit fit_power(const mesh::Axis& axis, const Values& w, bool upper) {
  if (w.size() < 8 || !(w.maxCoeff() > 0)) {
    return {};
  }
  const Branch data = branch(axis, w, upper);
  if (data.distance.size() < 10) {
    return {};
  }
  const double last = data.distance(data.distance.size() - 1);
  Index i = 0;
  while (i + 1 < data.density.size() && data.density(i) > -core_depth) {
    ++i;
  }
  const double core = data.distance(i);
  const double range = last - core;
  if (range < least_range) {
    return {};
  }
  const Slope inner = slope(data, core + inner_window * range, core + middle * range);
  const Slope outer = slope(data, core + middle * range, core + outer_window * range);
  if (inner.points == 0 || outer.points == 0) {
    return {};
  }
  const double error = std::abs(outer.value - inner.value) + outer.error;
  PowerFit fit{error <= agreement * std::max(1., std::abs(outer.value)), outer.value, error, 0};
  const double slowest = fit.exponent + fit.error;
  const double end = std::log(std::abs((upper ? axis.upper() : axis.lower()) - data.centre));
  fit.beyond = slowest < -1 ? data.top * std::exp(outer.mean + slowest * (end - outer.at) + end) / (-1 - slowest)
                            : std::numeric_limits<double>::infinity();
  return fit;
}

std::vector<TailDecay> tail_decays(const model::Sde& sde, const observe::State& state) {
  std::vector<TailDecay> list;
  if (sde.dimension() == 1) {
    const mesh::Axis& axis = state.grid.axis(0);
    if (!truncated(axis, false) && !truncated(axis, true)) {
      return list;
    }
    const theory::Classification ends = theory::classify(sde);
    for (const bool upper : {false, true}) {
      if (truncated(axis, upper)) {
        list.push_back(exact_decay(axis.name(), upper ? ends.upper : ends.lower, upper));
      }
    }
    return list;
  }
  for (int d = 0; d < sde.dimension(); ++d) {
    const mesh::Axis& axis = state.grid.axis(d);
    const Values w = observe::marginal(state, d);
    for (const bool upper : {false, true}) {
      if (!truncated(axis, upper)) {
        continue;
      }
      const PowerFit fit = fit_power(axis, w, upper);
      list.push_back(fit.algebraic ? TailDecay{axis.name(), upper, "algebraic", fit.exponent, fit.error, false}
                                   : TailDecay{axis.name(), upper, "light", 0, 0, false});
    }
  }
  return list;
}

void add_exponent_errors(std::vector<TailDecay>& fine, const std::vector<TailDecay>& coarse) {
  for (TailDecay& decay : fine) {
    for (const TailDecay& other : coarse) {
      if (!decay.exact && decay.axis == other.axis && decay.upper == other.upper && decay.kind == other.kind) {
        decay.error += std::abs(decay.exponent - other.exponent);
      }
    }
  }
}

std::string divergence(const mesh::Axis& axis, const PowerFit& fit, bool upper) {
  if (!fit.algebraic || fit.exponent < -1 - fit.error) {
    return {};
  }
  std::ostringstream text;
  text.precision(3);
  text << "infinite" << (fit.exponent > -1 + fit.error ? "" : " or nearly so") << ": tail exponent " << fit.exponent
       << " ± " << fit.error << " of its contributions for " << end_words(axis, upper)
       << ", where a finite value needs less than -1";
  return text.str();
}

}  // namespace sgdflux::study
