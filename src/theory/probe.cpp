#include "theory/probe.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/kronrod.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr double largest = 1e290;  ///< beyond, squares and ratios of coefficients leave the doubles
constexpr int deepest = 40;        ///< bisections of an interval of integration
constexpr int local = 15;  ///< so many are needed at a singular point only; an oscillation needs width, not depth

/// A piece of interval `target`, waiting to be integrated.
struct Piece {
  Index target;
  double left;
  double right;
};

ArrayXd nodes(const std::vector<Piece>& pieces) {
  ArrayXd x(15 * static_cast<Index>(pieces.size()));
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    const double middle = pieces[k].left / 2 + pieces[k].right / 2;
    const double half = (pieces[k].right - pieces[k].left) / 2;
    x.segment(15 * static_cast<Index>(k), 15) = middle + half * core::kronrod_rule().node;
  }
  return x;
}

/// ∫ f over a piece, ∫ |f|, and whether the value is good.
struct Estimated {
  double value;
  double size;
  bool converged;
};

Estimated estimate(const Piece& piece, const Eigen::Ref<const ArrayXd>& f) {
  const double half = (piece.right - piece.left) / 2;
  const double fine = half * (core::kronrod_rule().weight * f).sum();
  const double size = std::abs(half) * (core::kronrod_rule().weight * f.abs()).sum();
  // The difference is the error of the 7-point rule; that of the 15-point rule is about its square.
  return {fine, size, std::abs(fine - half * (core::kronrod_rule().coarse * f).sum()) <= 1e-9 * size + 1e-14};
}

[[noreturn]] void not_integrable(const model::Sde& sde, double x) {
  const Coefficients at = coefficients(sde, ArrayXd::Constant(1, x));
  const std::string& name = sde.variables()[0];
  const std::string what = !std::isfinite(at.drift[0])
                               ? "the drift of " + name + " is " + (std::isnan(at.drift[0]) ? "NaN" : "infinite")
                           : !std::isfinite(at.diffusion[0]) ? "the noise of " + name + " is not finite"
                           : !(at.diffusion[0] > 0)          ? "the noise of " + name + " is zero"
                                                             : "drift/noise^2 is not finite or not integrable";
  throw core::SettingsError("at " + name + " = " + number_text(x) + " " + what +
                            ": change the formula, or keep domain." + name + " away from that point");
}

bool representable(double b, double a) {
  return std::isfinite(b) && std::abs(b) < largest && a > 1 / largest && a < largest && std::isfinite(2 * b / a);
}

double interior_point(const model::Sde& sde, const model::Interval& domain) {
  const double typical = sde.typical_point()[0];
  if (typical > domain.lower && typical < domain.upper) {
    return typical;
  }
  if (std::isfinite(domain.lower) && std::isfinite(domain.upper)) {
    return domain.lower / 2 + domain.upper / 2;
  }
  return std::isfinite(domain.lower) ? domain.lower + 1 : domain.upper - 1;
}

/// Distances to the origin, growing, or to a finite end, shrinking.
ArrayXd distances(const Probe& side) {
  const double ratio = std::exp2((side.unbounded ? 1.0 : -1.0) / Probe::per_octave);
  const double length = std::abs(side.end - side.origin);
  // Next to an end other than 0 the rounding of x leaves the distance few digits below 1e-8 of the end.
  const double smallest = std::max(1e-100 * length, 1e-8 * std::abs(side.end));
  const double first = side.unbounded ? 1e-10 : length;
  const double range = side.unbounded ? 1e110 : length / smallest;
  const auto count = static_cast<Index>(std::log2(range) * Probe::per_octave);
  return first * Eigen::pow(ratio, ArrayXd::LinSpaced(count, 0, static_cast<double>(count - 1)));
}

/// Bisects between a good and a bad point for the last good one.
double last_representable(const model::Sde& sde, double good, double bad) {
  for (int step = 0; step < 60; ++step) {
    const double middle = good / 2 + bad / 2;
    const Coefficients at = coefficients(sde, ArrayXd::Constant(1, middle));
    (representable(at.drift[0], at.diffusion[0]) ? good : bad) = middle;
  }
  return good;
}

/// Whether coefficients at the last good point show that it is doubles that end, not the model.
bool out_of_doubles(const model::Sde& sde, double x) {
  const Coefficients at = coefficients(sde, ArrayXd::Constant(1, x));
  return at.diffusion[0] > 1e100 || at.diffusion[0] < 1e-100 || std::abs(at.drift[0]) > 1e100;
}

void truncate(Probe& side, Index count) {
  side.x.conservativeResize(count);
  side.distance.conservativeResize(count);
}

/// Fills log_scale and log_speed; the points end where 2b/a oscillates too fast, or its integral overflows.
void integrate(const model::Sde& sde, const ArrayXd& diffusion, Probe& side) {
  constexpr Index chunk = 64;  // so that little is wasted beyond the first failure
  constexpr int budget = 300;
  side.log_scale.resize(side.x.size());
  double total = 0;
  for (Index start = 0; start < side.x.size(); start += chunk) {
    const Index count = std::min(chunk, side.x.size() - start);
    ArrayXd points(count + 1);
    points << (start == 0 ? side.origin : side.x[start - 1]), side.x.segment(start, count);
    const ArrayXd steps = drift_integrals(sde, points, budget);
    for (Index k = 0; k < count; ++k) {
      if (!(std::abs(total + steps[k]) < largest)) {
        truncate(side, start + k);
        side.log_scale.conservativeResize(start + k);
        break;  // and out of the outer loop, whose range has shrunk
      }
      total += steps[k];
      side.log_scale[start + k] = -total;
    }
  }
  side.log_speed = -side.log_scale - diffusion.head(side.x.size()).log();
}

/// A sequence that stopped at the point `bad` must have come to the end of doubles or left the mass behind.
void check_stop(const model::Sde& sde, const Probe& side, bool stopped, double bad) {
  constexpr double decayed = 50;  // what follows weighs e^{−50} at most unless the trend turns
  const Index last = side.x.size() - 1;
  if (stopped && side.log_speed[last] > side.log_speed.maxCoeff() - decayed) {
    const double edge = last_representable(sde, side.x[last], bad);
    if (!out_of_doubles(sde, edge)) {
      not_integrable(sde, edge);
    }
  }
}

}  // namespace

std::string number_text(double value) {
  char text[32];
  static_cast<void>(std::snprintf(text, sizeof text, "%.6g", value));
  return text;
}

Coefficients coefficients(const model::Sde& sde, const ArrayXd& x) {
  if (sde.dimension() != 1) {
    throw core::InternalError("boundary classification is for one-dimensional models");
  }
  const core::Batch points = x;
  return {sde.drift(points).col(0), sde.diffusion(points).col(0)};
}

ArrayXd drift_integrals(const model::Sde& sde, const ArrayXd& x, int budget) {
  ArrayXd result = ArrayXd::Zero(std::max<Index>(x.size() - 1, 0));
  Eigen::ArrayXi used = Eigen::ArrayXi::Zero(result.size());
  std::vector<Piece> pending;
  for (Index k = 0; k < result.size(); ++k) {
    pending.push_back({k, x[k], x[k + 1]});
  }
  for (int depth = 0; !pending.empty(); ++depth) {
    const ArrayXd points = nodes(pending);
    const Coefficients at = coefficients(sde, points);
    const ArrayXd values = 2 * at.drift / at.diffusion;
    std::vector<Piece> next;
    for (std::size_t k = 0; k < pending.size(); ++k) {
      const Piece& piece = pending[k];
      const double middle = piece.left / 2 + piece.right / 2;
      const auto f = values.segment(15 * static_cast<Index>(k), 15);
      const bool exhausted = used[piece.target] > budget;
      if (!f.isFinite().all() || depth > deepest || (exhausted && depth > local)) {
        not_integrable(sde, middle);
      }
      const Estimated part = estimate(piece, f);
      if (!std::isfinite(part.size) || exhausted) {
        result[piece.target] = std::numeric_limits<double>::quiet_NaN();
      } else if (part.converged) {
        result[piece.target] += part.value;
      } else {
        used[piece.target] += 2;
        next.push_back({piece.target, piece.left, middle});
        next.push_back({piece.target, middle, piece.right});
      }
    }
    pending = std::move(next);
  }
  return result;
}

Probe probe(const model::Sde& sde, bool upper) {
  const model::Interval domain = sde.natural_domain(0);
  Probe side;
  side.upper = upper;
  side.end = upper ? domain.upper : domain.lower;
  side.unbounded = std::isinf(side.end);
  side.origin = interior_point(sde, domain);
  side.distance = distances(side);
  side.x = side.unbounded ? ArrayXd(side.origin + side.direction() * side.distance)
                          : ArrayXd(side.end - side.direction() * side.distance);
  const Coefficients at = coefficients(sde, side.x);
  Index good = 0;
  while (good < side.x.size() && representable(at.drift[good], at.diffusion[good])) {
    ++good;
  }
  if (good == 0) {
    not_integrable(sde, side.x[0]);
  }
  const bool stopped = good < side.x.size();
  const double bad = stopped ? side.x[good] : side.end;
  truncate(side, good);
  integrate(sde, at.diffusion, side);
  check_stop(sde, side, stopped && side.x.size() == good, bad);
  return side;
}

}  // namespace sgdflux::theory
