#include "theory/line_quadrature.hpp"

#include <algorithm>
#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {
namespace {

constexpr double furthest = 1e15;  ///< no weight of ours has structure beyond

}  // namespace

LineMeasure::LineMeasure(Function log_weight, double guess, double growth) : log_weight_(std::move(log_weight)) {
  find_peak(guess);
  find_window(growth);
  log_norm_ = top_ + std::log(sum([](double) { return 1.0; }));
}

void LineMeasure::find_peak(double guess) {
  peak_ = guess;
  top_ = log_weight_(guess);
  double reach = 0.1;
  for (double distance = 1e-4; distance < furthest; distance *= 1.1) {
    for (const double u : {guess - distance, guess + distance}) {
      const double value = log_weight_(u);
      if (value > top_) {
        peak_ = u;
        top_ = value;
        reach = 0.2 * distance;
      }
    }
  }
  const auto refined = boost::math::tools::brent_find_minima([this](double u) { return -log_weight_(u); },
                                                             peak_ - reach, peak_ + reach, 26);
  if (-refined.second > top_) {
    peak_ = refined.first;
    top_ = -refined.second;
  }
  if (!std::isfinite(top_)) {
    throw core::ConvergenceError("a density has no finite maximum near u = " + std::to_string(guess));
  }
}

double LineMeasure::fall(double direction, double drop, double growth) const {
  double low = 0;
  double high = 1e-12 * (1 + std::abs(peak_));
  const auto above_drop = [&](double distance) {
    return log_weight_(peak_ + direction * distance) + growth * distance > top_ - drop;
  };
  while (above_drop(high)) {
    low = high;
    high *= 2;
    if (high > furthest) {
      throw core::ConvergenceError("a density does not decay within doubles, so that it cannot be normalised");
    }
  }
  for (int step = 0; step < 20; ++step) {
    const double middle = (low + high) / 2;
    (above_drop(middle) ? low : high) = middle;
  }
  return high;
}

void LineMeasure::find_window(double growth) {
  constexpr double negligible = 60;  // e^{−60} = 1e-26, so that 60² times it is still nothing
  width_ = std::min(fall(-1, 1, 0), fall(1, 1, 0));
  lower_ = peak_ - fall(-1, negligible, 0);
  upper_ = peak_ + fall(1, negligible, growth);
}

double LineMeasure::point(double t) const {
  const double first = std::asinh((lower_ - peak_) / width_);
  const double last = std::asinh((upper_ - peak_) / width_);
  return peak_ + width_ * std::sinh(first + t * (last - first));
}

double LineMeasure::sum(const Function& f) const {
  const double first = std::asinh((lower_ - peak_) / width_);
  const double last = std::asinh((upper_ - peak_) / width_);
  double total = 0;
  double size = 0;  // the same for |f|: f may integrate to nothing, as a mean about the mean does
  const auto add_nodes = [&](double start, double step) {
    for (double tau = start; tau <= last; tau += step) {
      const double u = peak_ + width_ * std::sinh(tau);
      const double term = f(u) * std::exp(log_weight_(u) - top_) * std::cosh(tau);
      total += term;
      size += std::abs(term);
    }
  };
  double step = (last - first) / 64;
  add_nodes(first, step);
  for (int halving = 0; halving < 12; ++halving) {
    const double coarse = total;
    add_nodes(first + step / 2, step);
    step /= 2;
    // 2·coarse·step and total·step are two values of the integral.
    if (std::abs(2 * coarse - total) <= 1e-10 * size) {
      return total * step * width_;
    }
  }
  throw core::ConvergenceError("the integral of a density over the real line did not converge");
}

double LineMeasure::mean(const Function& f) const { return sum(f) * std::exp(top_ - log_norm_); }

double LineMeasure::tail(double from, double direction) const {
  const double at = log_weight_(from);
  if (!std::isfinite(at)) {
    return 0;
  }
  const double scale = width_;  // exp_sinh expects structure at distances around 1
  const auto integrand = [&](double t) { return std::exp(log_weight_(from + direction * scale * t) - at); };
  boost::math::quadrature::exp_sinh<double> rule;
  return std::exp(at - log_norm_) * scale * rule.integrate(integrand, 1e-10);
}

double LineMeasure::below(double u) const { return u > peak_ ? 1 - tail(u, 1) : tail(u, -1); }
double LineMeasure::above(double u) const { return u < peak_ ? 1 - tail(u, -1) : tail(u, 1); }

}  // namespace sgdflux::theory
