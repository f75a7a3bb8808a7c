#include "attractors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace sgdflux::study {
namespace {

using core::Batch;
using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::VectorXd;

constexpr int most_named = 3;  ///< rest points outside of the mesh that remarks name
constexpr int steps = 3000;
constexpr double tolerance = 1e-4;  ///< of a step, in half widths
constexpr double far = 1e3;         ///< half widths from the centre beyond which a path has left
constexpr double same = 1e-2;       ///< half widths between points that count as one
constexpr double beside = 5e-2;     ///< half widths around a rest point where the drift must be defined
constexpr double at_rest = 5e-3;    ///< half widths that the last third of the steps may still move

/// Quasi-random points in boxes around the centre.
Batch seeds(const VectorXd& centre, const VectorXd& half) {
  constexpr std::array<double, 3> reaches{1, 3, 8};
  constexpr std::array<double, 4> turns{0.8566748838545029, 0.733891856627126, 0.6287067210378087, 0.5385972572236101};
  constexpr Index each = 16;
  Batch points(static_cast<Index>(reaches.size()) * each, centre.size());
  for (Index k = 0; k < points.rows(); ++k) {
    const double reach = reaches[static_cast<std::size_t>(k / each)];
    for (Index d = 0; d < centre.size(); ++d) {
      const double turn = std::fmod(0.5 + turns[static_cast<std::size_t>(d)] * static_cast<double>(k + 1), 1.);
      points(k, d) = centre(d) + reach * half(d) * (2 * turn - 1);
    }
  }
  return points;
}

/// Paths side by side, each with its own step (Bogacki & Shampine 1989).
class Paths {
 public:
  Paths(const model::Sde& sde, Batch start, VectorXd centre, VectorXd half)
      : sde_(sde),
        x_(std::move(start)),
        centre_(std::move(centre)),
        half_(std::move(half)),
        h_(ArrayXd::Constant(x_.rows(), 1e-3)) {
    clip(x_);
    mark();
  }

  void step() {
    const Batch k1 = sde_.drift(x_);
    const Batch k2 = sde_.drift(x_ + times(0.5 * h_, k1));
    const Batch k3 = sde_.drift(x_ + times(0.75 * h_, k2));
    Batch next = x_ + times(h_, (2 * k1 + 3 * k2 + 4 * k3) / 9);
    const Batch k4 = sde_.drift(next);
    const ArrayXd error = in_widths(times(h_, (-5 * k1 + 6 * k2 + 8 * k3 - 9 * k4) / 72));
    const ArrayXd move = in_widths(next - x_);
    clip(next);
    for (Index i = 0; i < x_.rows(); ++i) {
      const bool good = std::isfinite(error(i)) && error(i) <= tolerance && move(i) <= 1;
      if (good) {
        x_.row(i) = next.row(i);
      }
      const double ratio = std::isfinite(error(i)) ? tolerance / std::max(error(i), 1e-12) : 1e-3;
      h_(i) *= std::clamp(0.9 * std::cbrt(ratio), 0.1, good ? 4. : 0.5);
    }
  }
  void mark() { marked_ = x_; }
  [[nodiscard]] std::vector<VectorXd> resting() const {
    std::vector<VectorXd> points;
    const ArrayXd distance = in_widths(x_.rowwise() - centre_.transpose().array());
    const ArrayXd moved = in_widths(x_ - marked_);
    for (Index i = 0; i < x_.rows(); ++i) {
      const VectorXd x = x_.row(i).transpose().matrix();
      const bool known = std::any_of(points.begin(), points.end(), [&](const VectorXd& p) {
        return ((p - x).array() / half_.array()).abs().maxCoeff() < same;
      });
      if (moved(i) <= at_rest && distance(i) < far && x.allFinite() && !known && defined_around(x)) {
        points.push_back(x);
      }
    }
    return points;
  }

 private:
  /// Whether the drift is finite on all sides: paths also stop where it ceases to be defined.
  [[nodiscard]] bool defined_around(const VectorXd& x) const {
    Batch sides(2 * x.size(), x.size());
    for (Index k = 0; k < sides.rows(); ++k) {
      sides.row(k) = x.transpose().array();
      sides(k, k / 2) += (k % 2 == 0 ? beside : -beside) * half_(k / 2);
    }
    clip(sides);
    return sde_.drift(sides).allFinite();
  }
  [[nodiscard]] static Batch times(const ArrayXd& factor, const Batch& b) { return b.colwise() * factor; }
  [[nodiscard]] ArrayXd in_widths(const Batch& b) const {
    return (b.rowwise() / half_.transpose().array()).abs().rowwise().maxCoeff();
  }
  void clip(Batch& x) const {
    for (int d = 0; d < sde_.dimension(); ++d) {
      const model::Interval domain = sde_.natural_domain(d);
      x.col(d) = x.col(d).max(domain.lower).min(domain.upper);
    }
  }

  const model::Sde& sde_;
  Batch x_;
  VectorXd centre_;
  VectorXd half_;
  Batch marked_;
  ArrayXd h_;
};

bool inside(const mesh::AxisSpec& axis, double x) {
  return axis.lower == mesh::Boundary::periodic || (x > axis.arguments[0] && x < axis.arguments[1]);
}

std::string place(const model::Sde& sde, const Batch& x) {
  std::ostringstream text;
  text.precision(4);
  for (int d = 0; d < sde.dimension(); ++d) {
    text << (d > 0 ? ", " : "") << sde.variables()[static_cast<std::size_t>(d)] << " = " << x(0, d);
  }
  return text.str();
}

/// Widens an axis that the program chose so that x is inside with room around it; false if it may not.
bool widen(const mesh::AxisSpec& wanted, const mesh::AxisSpec& settled, double x, mesh::AxisSpec& axis) {
  if (!wanted.automatic() || axis.map != "linear") {
    return inside(axis, x);
  }
  const double room = (settled.arguments[1] - settled.arguments[0]) / 2;
  axis.arguments[0] = std::min(axis.arguments[0], x - room);
  axis.arguments[1] = std::max(axis.arguments[1], x + room);
  return true;
}

bool held(const std::vector<mesh::AxisSpec>& mesh, const Batch& x) {
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    if (!inside(mesh[d], x(0, static_cast<Index>(d)))) {
      return false;
    }
  }
  return true;
}

}  // namespace

Batch drift_attractors(const model::Sde& sde, const VectorXd& centre, const VectorXd& half) {
  Paths paths(sde, seeds(centre, half), centre, half);
  for (int k = 0; k < steps; ++k) {
    if (3 * k == 2 * steps) {
      paths.mark();
    }
    paths.step();
  }
  const std::vector<VectorXd> points = paths.resting();
  Batch result(static_cast<Index>(points.size()), centre.size());
  for (std::size_t k = 0; k < points.size(); ++k) {
    result.row(static_cast<Index>(k)) = points[k].transpose().array();
  }
  return result;
}

void hold_attractors(const model::Sde& sde, const std::vector<mesh::AxisSpec>& wanted, Answer& answer) {
  const int dim = sde.dimension();
  if (dim < 2) {
    return;
  }
  VectorXd centre(dim);
  VectorXd half(dim);
  for (int d = 0; d < dim; ++d) {
    const auto& axis = answer.mesh[static_cast<std::size_t>(d)];
    centre(d) = (axis.arguments[0] + axis.arguments[1]) / 2;
    half(d) = (axis.arguments[1] - axis.arguments[0]) / 2;
  }
  const std::vector<mesh::AxisSpec> settled = answer.mesh;
  const Batch points = drift_attractors(sde, centre, half);
  int named = 0;
  for (Index k = 0; k < points.rows(); ++k) {
    if (held(answer.mesh, points.row(k))) {
      continue;
    }
    std::vector<mesh::AxisSpec> wider = answer.mesh;
    bool possible = true;
    for (int d = 0; d < dim; ++d) {
      const auto e = static_cast<std::size_t>(d);
      possible = widen(wanted[e], settled[e], points(k, d), wider[e]) && possible;
    }
    if (possible) {
      answer.mesh = wider;
    } else if (++named <= most_named) {
      answer.remarks.push_back("the drift comes to rest at " + place(sde, points.row(k)) +
                               ", which the mesh does not hold: mass there is not counted");
    }
  }
}

}  // namespace sgdflux::study
