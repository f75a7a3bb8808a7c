#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "domain.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;

constexpr double window_depth = 37;  ///< ln of 1e16: what lies below contributes less than rounding; for reach 7
constexpr double wide_reach = 160;   ///< of t in x = x₀ + w sinh t: algebraic tails need up to e^{150}
constexpr double tanh_reach = 17;    ///< tanh(17) is 1 − 3e−15
constexpr double search_step = 0.02;
constexpr int most_looks = 12;
constexpr double good_enough = 1e-12;  ///< midpoint sums closer than this are equally good
constexpr double largest = 1e290;      ///< beyond, ratios of coefficients leave the doubles
constexpr double hopeless = 1e6;       ///< cells so many times wider than a weight defeat even the quadrature over them

/// A change of variable x(t) that covers the natural domain, for searching.
struct Search {
  model::Interval domain;
  double centre;
  double scale;

  [[nodiscard]] bool half_line() const { return std::isfinite(domain.lower) != std::isfinite(domain.upper); }
  [[nodiscard]] bool bounded() const { return std::isfinite(domain.lower) && std::isfinite(domain.upper); }
  [[nodiscard]] double reach() const { return bounded() ? tanh_reach : wide_reach; }
  [[nodiscard]] Array position(const Array& t) const {
    if (bounded()) {
      return 0.5 * (domain.lower + domain.upper) + 0.5 * (domain.upper - domain.lower) * t.tanh();
    }
    if (half_line()) {
      return std::isfinite(domain.lower) ? Array(domain.lower + scale * t.exp())
                                         : Array(domain.upper - scale * (-t).exp());
    }
    return centre + scale * t.sinh();
  }
  [[nodiscard]] Array log_slope(const Array& t) const {
    if (bounded()) {
      return std::log(0.5 * (domain.upper - domain.lower)) - 2 * t.cosh().log();
    }
    return std::log(scale) + (half_line() ? Array(std::isfinite(domain.lower) ? t : Array(-t)) : Array(t.cosh().log()));
  }
};

/// A moment q^power that exists; which = −1 is the variable itself.
struct Moment {
  int which;
  int power;
};

std::vector<Moment> finite_moments(const model::Sde& sde, bool derived) {
  std::vector<Moment> list{{-1, 0}};
  const model::Interval domain = sde.natural_domain(0);
  for (int which = -1; which < (derived ? static_cast<int>(sde.derived().size()) : 0); ++which) {
    for (const int power : {1, 2}) {
      const double low = theory::moment_exponent(sde, which, power, false);
      const double high = theory::moment_exponent(sde, which, power, true);
      const bool below = std::isinf(domain.lower) ? low < -1 - 1e-6 : low > -1 + 1e-6;
      const bool above = std::isinf(domain.upper) ? high < -1 - 1e-6 : high > -1 + 1e-6;
      if (below && above) {
        list.push_back({which, power});
      }
    }
  }
  return list;
}

/// ln|q^power p| at points x, given ln p.
Array log_weight(const model::Sde& sde, const Moment& moment, const Array& x, const Array& log_density) {
  if (moment.power == 0) {
    return log_density;
  }
  const Array q = moment.which < 0 ? x : sde.derive(moment.which, core::Batch(x));
  return log_density + moment.power * q.abs().max(std::numeric_limits<double>::min()).log();
}

/// Sign of q^power at points x.
Array sign(const model::Sde& sde, const Moment& moment, const Array& x) {
  const bool odd = moment.power % 2 != 0;
  return odd ? Array((moment.which < 0 ? x : sde.derive(moment.which, core::Batch(x))).sign())
             : Array(Array::Ones(x.size()));
}

std::string short_text(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

/// The stretch of points around the typical point where the coefficients are usable.
struct Stretch {
  Array t;
  Array x;
  Array log_slope;
};

/// Whether ∫2b/a dx stays a double on the way to the next point of a search.
bool integrable(double x, double b, double a) {
  const double slope = 2 * (b / a);
  return std::abs(slope) < largest && std::abs(slope) * std::max(std::abs(x), 1.) < largest;
}

Stretch usable(const model::Sde& sde, const Search& search) {
  const auto count = static_cast<Eigen::Index>(2 * search.reach() / search_step) | 1;
  const Array t = Array::LinSpaced(count, -search.reach(), search.reach());
  const Array x = search.position(t);
  const Array b = sde.drift(core::Batch(x)).col(0);
  const Array a = sde.diffusion(core::Batch(x)).col(0);
  const auto fine = [&](Eigen::Index i) {
    return std::isfinite(x(i)) && x(i) > search.domain.lower && x(i) < search.domain.upper && std::isfinite(b(i)) &&
           std::isfinite(a(i)) && a(i) > 1 / largest && a(i) < largest && integrable(x(i), b(i), a(i)) &&
           (i == 0 || x(i) > x(i - 1));
  };
  Eigen::Index first = count / 2;
  Eigen::Index last = first;
  if (!fine(first)) {
    throw core::SettingsError("mesh." + sde.variables()[0] +
                              " = auto: the coefficients are not finite, or there is no noise, at " +
                              sde.variables()[0] + " = " + short_text(x(first)) + ": give the domain yourself");
  }
  while (first > 0 && fine(first - 1) && x(first - 1) < x(first)) {
    --first;
  }
  while (last + 1 < count && fine(last + 1)) {
    ++last;
  }
  return {t.segment(first, last - first + 1), x.segment(first, last - first + 1),
          search.log_slope(t.segment(first, last - first + 1))};
}

/// Where the weights live, and their integrals by the trapezoidal rule in t.
struct Window {
  double lower = 0;
  double upper = 0;
  std::vector<double> centres;                                 ///< peak of each weight
  std::vector<double> integrals;                               ///< of each moment's q^power p relative to that of p
  std::vector<double> sizes;                                   ///< of |q^power| p, likewise
  double narrowest = std::numeric_limits<double>::infinity();  ///< least width of a weight within e^{−2} of its peak
  double focus = 0;                                            ///< the peak of that weight
};

/// Distance between the outermost points where w is within 2 of its top.
double width_near_peak(const Array& w, const Array& x, double top) {
  const auto inside = (w > top - 2).eval();
  constexpr double far = std::numeric_limits<double>::infinity();
  return inside.select(x, -far).maxCoeff() - inside.select(x, far).minCoeff();
}

Window find_window(const model::Sde& sde, const std::vector<Moment>& moments, const Stretch& stretch, double depth) {
  const Array log_density = theory::log_speed_density(sde, stretch.x);
  Window window;
  Eigen::Index first = stretch.t.size();
  Eigen::Index last = 0;
  for (const Moment& moment : moments) {
    const Array w = log_weight(sde, moment, stretch.x, log_density) + stretch.log_slope;
    Eigen::Index peak = 0;
    const double top = w.maxCoeff(&peak);
    for (Eigen::Index i = 0; i < w.size(); ++i) {
      if (w(i) > top - depth) {
        first = std::min(first, i);
        last = std::max(last, i);
      }
    }
    window.centres.push_back(stretch.x(peak));
    window.integrals.push_back(std::exp(top) * ((w - top).exp() * sign(sde, moment, stretch.x)).sum());
    window.sizes.push_back(std::exp(top) * (w - top).exp().sum());
    const double neighbours =
        stretch.x(std::min(peak + 1, w.size() - 1)) - stretch.x(std::max<Eigen::Index>(peak - 1, 0));
    if (const double width = std::max(neighbours, width_near_peak(w, stretch.x, top)); width < window.narrowest) {
      window.narrowest = width;
      window.focus = stretch.x(peak);
    }
  }
  window.lower = stretch.x(first);
  window.upper = stretch.x(last);
  const double mass = window.sizes[0];
  for (std::size_t k = 0; k < moments.size(); ++k) {
    window.integrals[k] /= mass;
    window.sizes[k] /= mass;
  }
  return window;
}

/// Width of the cell that holds x.
double cell_width(const mesh::Axis& axis, double x) {
  return axis.map().slope(Array::Constant(1, axis.map().computational(x)))(0) * axis.spacing();
}

/// Largest error of the moments by midpoint sums on this axis, relative to the moments of absolute values.
double misfit(const model::Sde& sde, const mesh::AxisSpec& spec, const std::vector<Moment>& moments,
              const Window& window) {
  const mesh::Axis axis(spec);
  if (cell_width(axis, window.focus) > hopeless * window.narrowest) {
    return std::numeric_limits<double>::infinity();
  }
  const Array x = axis.centres();
  const Array xi = Array::NullaryExpr(axis.cells(), [&](Eigen::Index i) { return axis.centre(i); });
  const Array log_density = theory::log_speed_density(sde, x) + axis.map().slope(xi).log();
  double zeroth = 0;
  double worst = 0;
  for (std::size_t k = 0; k < moments.size(); ++k) {
    const double sum = (log_weight(sde, moments[k], x, log_density).exp() * sign(sde, moments[k], x)).sum();
    zeroth = k == 0 ? sum : zeroth;
    worst = std::max(worst, std::abs(sum / zeroth - window.integrals[k]) / window.sizes[k]);
  }
  return std::isfinite(worst) ? worst : std::numeric_limits<double>::infinity();
}

/// ln of the misfit with all, a half and a quarter of the cells, summed: maps that are equally good with all cells
/// differ in how much they have to spare, which modes and error estimates need.
double score(const model::Sde& sde, const mesh::AxisSpec& spec, const std::vector<Moment>& moments,
             const Window& window) {
  double sum = 0;
  for (const core::Index share : {1, 2, 4}) {
    mesh::AxisSpec part = spec;
    part.cells = std::max<core::Index>(4, spec.cells / share);
    sum += std::log(std::max(good_enough, misfit(sde, part, moments, window)));
  }
  return sum;
}

std::vector<mesh::AxisSpec> candidates(const mesh::AxisSpec& axis, const model::Interval& domain,
                                       const Window& window) {
  std::vector<mesh::AxisSpec> list;
  const auto add = [&](const std::string& map, std::vector<double> shape, double lower, double upper) {
    mesh::AxisSpec spec = axis;
    spec.map = map;
    spec.arguments = {lower, upper};
    spec.arguments.insert(spec.arguments.end(), shape.begin(), shape.end());
    list.push_back(spec);
  };
  add("linear", {}, window.lower, window.upper);
  if (window.lower > 0 && axis.lower == mesh::Boundary::truncated) {
    add("log", {}, window.lower, window.upper);
  }
  if (std::isfinite(domain.lower) && std::isfinite(domain.upper)) {
    for (const double steepness : {1., 2., 3., 4., 6., 8., 10.}) {
      add("tanh", {steepness}, window.lower, window.upper);
    }
    return list;
  }
  const double width = window.upper - window.lower;
  for (const double centre : window.centres) {
    for (double scale = std::min(width / 2, 100 * hopeless * window.narrowest); scale > 1e-2 * window.narrowest;
         scale /= 2) {
      add("sinh", {scale, centre}, window.lower, window.upper);
    }
  }
  return list;
}

bool is_wall(const mesh::AxisSpec& axis, bool upper) {
  return (upper ? axis.upper : axis.lower) != mesh::Boundary::truncated;
}

/// A wall that the program is to place can only stand at an end of the natural domain.
void require_positions(const mesh::AxisSpec& axis, const model::Interval& domain) {
  if ((is_wall(axis, false) && std::isinf(domain.lower)) || (is_wall(axis, true) && std::isinf(domain.upper))) {
    throw core::SettingsError("mesh." + axis.name + " = " + axis.to_string() +
                              ": a wall needs a position; give the bounds, or domain." + axis.name);
  }
}

/// Walls stand at the ends of the natural domain, wherever the density becomes small.
void respect_walls(const mesh::AxisSpec& axis, const model::Interval& domain, Window& window) {
  window.lower = is_wall(axis, false) ? domain.lower : window.lower;
  window.upper = is_wall(axis, true) ? domain.upper : window.upper;
}

}  // namespace

Domain choose_line(const model::Sde& sde, const mesh::AxisSpec& axis, const Reach& reach) {
  const double depth = window_depth + 0.5 * (reach.sigmas * reach.sigmas - 49);
  require_positions(axis, sde.natural_domain(0));
  const std::vector<Moment> moments = finite_moments(sde, reach.derived);
  Search search{sde.natural_domain(0), sde.typical_point()(0), 1};
  Window window = find_window(sde, moments, usable(sde, search), depth);
  if (!search.half_line() && !search.bounded()) {
    // Looks from the narrowest weight's own place and width resolve what the one before was too coarse for.
    for (int look = 0; look < most_looks; ++look) {
      const double scale = window.narrowest / 4;
      const bool settled = look > 0 && scale > 0.5 * search.scale && std::abs(window.focus - search.centre) < scale;
      search.centre = window.focus;
      search.scale = scale;
      window = find_window(sde, moments, usable(sde, search), depth);
      if (settled) {
        break;
      }
    }
  }
  respect_walls(axis, search.domain, window);
  double best = std::numeric_limits<double>::infinity();
  Domain chosen;
  for (const auto& candidate : candidates(axis, search.domain, window)) {
    const double value = score(sde, candidate, moments, window);
    if (value < best) {
      best = value;
      chosen.mesh = {candidate};
    }
  }
  if (chosen.mesh.empty()) {
    throw core::SettingsError(
        "mesh." + axis.name + " = auto " + std::to_string(axis.cells) +
        ": no map resolves the density with so few cells; use more cells or give the domain yourself");
  }
  if (const double error = misfit(sde, chosen.mesh[0], moments, window); error > 1e-3) {
    chosen.remarks.push_back("automatic mesh of " + axis.name + ": " + std::to_string(axis.cells) +
                             " cells resolve the moments to " + std::to_string(error) + " only");
  }
  return chosen;
}

}  // namespace sgdflux::study
