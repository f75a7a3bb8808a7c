#include "restricted.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

namespace sgdflux::study {
namespace {

using core::Batch;
using core::BatchView;

double inner_point(const model::Interval& interval) {
  if (std::isfinite(interval.lower) && std::isfinite(interval.upper)) {
    return interval.lower / 2 + interval.upper / 2;
  }
  return std::isfinite(interval.lower) ? interval.lower + 1 : std::isfinite(interval.upper) ? interval.upper - 1 : 0;
}

class Restricted final : public model::Sde {
 public:
  Restricted(const model::Sde& whole, int axis, const model::Interval& interval, const Ring& ring)
      : Sde(whole.parameters(), whole.variables(), whole.noises(), whole.derived()),
        whole_(whole),
        axis_(axis),
        interval_(interval),
        ring_(ring) {}

  [[nodiscard]] std::string name() const override { return whole_.name(); }
  [[nodiscard]] model::Interval natural_domain(int d) const override {
    return d == axis_ ? interval_ : whole_.natural_domain(d);
  }
  [[nodiscard]] Eigen::VectorXd typical_point() const override {
    Eigen::VectorXd point = whole_.typical_point();
    if (!(point(axis_) > interval_.lower && point(axis_) < interval_.upper)) {
      point(axis_) = inner_point(interval_);
    }
    return point;
  }
  [[nodiscard]] std::vector<std::string> remarks() const override { return whole_.remarks(); }
  [[nodiscard]] Batch drift(BatchView x) const override { return whole_.drift(wrapped(x)); }
  [[nodiscard]] Batch noise_factor(BatchView x) const override { return whole_.noise_factor(wrapped(x)); }
  [[nodiscard]] Eigen::ArrayXd derive(int which, BatchView x) const override {
    return whole_.derive(which, wrapped(x));
  }

 private:
  /// Points beyond the cut of a ring, back on it.
  [[nodiscard]] Batch wrapped(BatchView x) const {
    Batch result = x;
    if (ring_.length > 0) {
      result.col(axis_) -= (result.col(axis_) >= ring_.cut).cast<double>() * ring_.length;
    }
    return result;
  }

  const model::Sde& whole_;
  int axis_;
  model::Interval interval_;
  Ring ring_;
};

/// The dynamics of some variables while the others stay where they are.
class Section : public model::Sde {
 public:
  Section(const model::Sde& whole, std::vector<int> axes, Eigen::VectorXd point, std::vector<model::Derived> derived)
      : Sde(whole.parameters(), names(whole, axes), whole.noises(), std::move(derived)),
        whole_(whole),
        axes_(std::move(axes)),
        point_(std::move(point)) {}

  [[nodiscard]] std::string name() const override { return whole_.name() + " with some variables held fixed"; }
  [[nodiscard]] model::Interval natural_domain(int d) const override { return whole_.natural_domain(up(d)); }
  [[nodiscard]] Eigen::VectorXd typical_point() const override { return whole_.typical_point()(axes_); }
  [[nodiscard]] Batch drift(BatchView x) const override { return kept(whole_.drift(lifted(x)), 1); }
  [[nodiscard]] Batch noise_factor(BatchView x) const override {
    return kept(whole_.noise_factor(lifted(x)), noises());
  }

 protected:
  [[nodiscard]] const model::Sde& whole() const { return whole_; }
  /// Points with the variables that are held fixed.
  [[nodiscard]] Batch lifted(BatchView x) const {
    Batch full = point_.transpose().replicate(x.rows(), 1).array();
    for (int d = 0; d < dimension(); ++d) {
      full.col(up(d)) = x.col(d);
    }
    return full;
  }

 private:
  static std::vector<std::string> names(const model::Sde& whole, const std::vector<int>& axes) {
    std::vector<std::string> result;
    for (const int axis : axes) {
      result.push_back(whole.variables()[static_cast<std::size_t>(axis)]);
    }
    return result;
  }
  [[nodiscard]] int up(int d) const { return axes_[static_cast<std::size_t>(d)]; }
  /// The columns of the variables that move, `width` of them each.
  [[nodiscard]] Batch kept(const Batch& full, int width) const {
    Batch rest(full.rows(), dimension() * width);
    for (int d = 0; d < dimension(); ++d) {
      rest.middleCols(d * width, width) = full.middleCols(up(d) * width, width);
    }
    return rest;
  }

  const model::Sde& whole_;
  std::vector<int> axes_;
  Eigen::VectorXd point_;
};

std::vector<int> all_but(const model::Sde& sde, int axis) {
  std::vector<int> axes;
  for (int d = 0; d < sde.dimension(); ++d) {
    if (d != axis) {
      axes.push_back(d);
    }
  }
  return axes;
}

class OnSurface final : public Section {
 public:
  OnSurface(const model::Sde& whole, int axis, double value)
      : Section(whole, all_but(whole, axis), value * Eigen::VectorXd::Unit(whole.dimension(), axis),
                {{rate_name, "growth rate across the surface"}}),
        axis_(axis),
        value_(value) {}

  [[nodiscard]] std::string name() const override { return whole().name() + " on a surface"; }
  [[nodiscard]] Eigen::ArrayXd derive(int, BatchView x) const override {
    // Drift and noise of the axis vanish on the surface: their slopes are odd parts, central differences of order 6.
    const double h = 1e-3 * std::max(1., std::abs(value_));
    const double weights[3] = {45. / 60, -9. / 60, 1. / 60};
    Eigen::ArrayXd slope = Eigen::ArrayXd::Zero(x.rows());
    Batch noise = Batch::Zero(x.rows(), noises());
    for (int k = 1; k <= 3; ++k) {
      for (const double side : {-1., 1.}) {
        Batch at = lifted(x);
        at.col(axis_) += side * k * h;
        slope += side * weights[k - 1] / h * whole().drift(at).col(axis_);
        noise += side * weights[k - 1] / h * whole().noise_factor(at).middleCols(axis_ * noises(), noises());
      }
    }
    return slope - 0.5 * noise.square().rowwise().sum();
  }

 private:
  int axis_;
  double value_;
};

std::string short_number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

constexpr core::Index fewest_cells = 4;

}  // namespace

std::unique_ptr<model::Sde> restricted(const model::Sde& sde, int axis, const model::Interval& interval,
                                       const Ring& ring) {
  return std::make_unique<Restricted>(sde, axis, interval, ring);
}

std::unique_ptr<model::Sde> on_surface(const model::Sde& sde, int axis, double value) {
  return std::make_unique<OnSurface>(sde, axis, value);
}

std::unique_ptr<model::Sde> section(const model::Sde& sde, const std::vector<int>& axes, const Eigen::VectorXd& point) {
  return std::make_unique<Section>(sde, axes, point, std::vector<model::Derived>{});
}

mesh::AxisSpec clipped(const mesh::AxisSpec& axis, const model::Interval& interval) {
  if (axis.automatic()) {
    return axis;
  }
  mesh::AxisSpec part = axis;
  const mesh::Axis whole(axis);
  part.arguments[0] = std::max(whole.lower(), interval.lower);
  part.arguments[1] = std::min(whole.upper(), interval.upper);
  const bool seen = part.arguments[0] < part.arguments[1];
  const double share =
      seen ? whole.map().computational(part.arguments[1]) - whole.map().computational(part.arguments[0]) : 0;
  part.cells = static_cast<core::Index>(std::ceil(share / whole.spacing() - 1e-9));
  if (axis.map == "sinh" && axis.arguments.size() == 3) {
    part.arguments.push_back(whole.lower() / 2 + whole.upper() / 2);
  }
  if (!seen || part.cells < fewest_cells) {
    return {axis.name, "auto", {}, axis.cells, mesh::Boundary::truncated, mesh::Boundary::truncated};
  }
  const auto kept = [](mesh::Boundary boundary, bool same) {
    return same && boundary != mesh::Boundary::periodic ? boundary : mesh::Boundary::truncated;
  };
  part.lower = kept(axis.lower, part.arguments[0] == whole.lower());
  part.upper = kept(axis.upper, part.arguments[1] == whole.upper());
  return part;
}

std::vector<mesh::AxisSpec> limited(std::vector<mesh::AxisSpec> mesh, double most) {
  double cells = 1;
  for (const mesh::AxisSpec& axis : mesh) {
    cells *= static_cast<double>(axis.cells);
  }
  const double factor = std::pow(most / cells, 1 / static_cast<double>(mesh.size()));
  for (mesh::AxisSpec& axis : mesh) {
    const auto fewer = static_cast<core::Index>(factor * static_cast<double>(axis.cells));
    axis.cells = factor < 1 ? std::max<core::Index>(fewest_cells, fewer) : axis.cells;
  }
  return mesh;
}

std::string words(const std::string& variable, const model::Interval& interval) {
  const bool below = std::isfinite(interval.lower);
  const bool above = std::isfinite(interval.upper);
  if (below && above) {
    return short_number(interval.lower) + " < " + variable + " < " + short_number(interval.upper);
  }
  return below   ? variable + " > " + short_number(interval.lower)
         : above ? variable + " < " + short_number(interval.upper)
                 : "every " + variable;
}

}  // namespace sgdflux::study
