#include "quantities.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "marginal_function.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/observe/shape.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;

/// A truncated end where |f|p grows although it matters this much leaves f undefined; smaller ends are error.
constexpr double matters = 1e-3;
/// Rounding of sums and of the solver's factors, relative to the spread of f.
constexpr double rounding = 2e-13;

/// A named function of the state at the owned cells.
struct Function {
  std::string name;
  Array values;
  int derived = -1;  ///< position among the derived quantities, −1 for variables and formulas
  int variable = -1;
  double power = 1;  ///< how often the quantity enters when moments are tested for existence
};

struct Tail {
  double integral = 0;    ///< estimated ∫ |f| p beyond the truncated ends
  std::string undefined;  ///< why the integral does not exist, if so
};

std::string end_name(const mesh::Axis& axis, bool upper) {
  return axis.name() + " = " + std::to_string(upper ? axis.upper() : axis.lower());
}

/// Whether w grows towards this end and is not negligible there.
bool grows(const Array& w, bool upper, double total) {
  const Eigen::Index n = w.size();
  const Eigen::Index span = std::max<Eigen::Index>(1, n / 40);
  const auto at = [&](Eigen::Index from_end) { return std::abs(upper ? w(n - 1 - from_end) : w(from_end)); };
  return at(0) * static_cast<double>(n) > matters * total && at(0) >= at(span) &&
         at(span) >= at(std::min(n - 1, 2 * span));
}

/// @param contributions of each owned cell to the integral of f p.
Tail tail(const Solution& solution, const Array& contributions) {
  Tail result;
  const double total = la::sum(solution.comm, contributions.abs().sum());
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    const auto& axis = solution.grid.axis(d);
    const Array w = observe::profile(solution.state, d, contributions.abs());
    for (const bool upper : {false, true}) {
      if ((upper ? axis.spec().upper : axis.spec().lower) != mesh::Boundary::truncated || axis.cells() < 4) {
        continue;
      }
      result.integral += observe::tail_sum(w, upper);
      if (grows(w, upper, total)) {
        result.undefined = "its contributions do not fall off towards the truncated end " + end_name(axis, upper) +
                           ": infinite, or the mesh ends too early";
      }
    }
  }
  return result;
}

/// Reason why E[q^power] is infinite in one dimension, from the exact tail exponents; empty if it is finite.
std::string infinite_moment(const Solution& solution, const Function& f) {
  const auto& axis = solution.grid.axis(0);
  if (solution.grid.dimension() != 1 || axis.periodic() || (f.derived < 0 && f.variable < 0)) {
    return {};
  }
  const model::Interval domain = solution.sde.natural_domain(0);
  for (const bool upper : {false, true}) {
    if ((upper ? axis.spec().upper : axis.spec().lower) != mesh::Boundary::truncated) {
      continue;
    }
    const double exponent = theory::moment_exponent(solution.sde, f.derived, f.power, upper);
    const bool unbounded = std::isinf(upper ? domain.upper : domain.lower);
    // At the borderline the integral diverges logarithmically; the exponent is known to about 1e-7.
    const bool finite = unbounded ? exponent < -1 - 1e-6 : exponent > -1 + 1e-6;
    if (!finite) {
      return "infinite: towards the " + std::string(upper ? "upper" : "lower") + " end " + f.name +
             (f.power > 1 ? "^2" : "") + " times the density behaves like " +
             (unbounded ? "|" + axis.name() + "|" : "distance") + "^" + std::to_string(exponent);
    }
  }
  return {};
}

/// L¹ error of the density that the solver's residual allows.
double solver_error(const Solution& solution) {
  const double gap = solution.result.gap;
  return gap > 0 ? std::min(1., solution.result.residual / gap) : solution.result.residual;
}

Quantity average(const Solution& solution, const Array& values, double centre, double scale) {
  const double value = observe::mean(solution.state, values);
  const Tail outside = tail(solution, (values - centre) * solution.state.mass);
  if (!outside.undefined.empty()) {
    return {core::undefined(outside.undefined), scale};
  }
  const double error = tail_safety * outside.integral + (solver_error(solution) + rounding) * scale;
  return {{value, error, {}}, scale};
}

std::vector<Function> named_functions(const Solution& solution) {
  std::vector<Function> list;
  const auto& sde = solution.sde;
  for (int d = 0; d < sde.dimension(); ++d) {
    list.push_back({sde.variables()[static_cast<std::size_t>(d)], solution.state.points.col(d), -1, d, 1});
  }
  for (int k = 0; k < static_cast<int>(sde.derived().size()); ++k) {
    list.push_back({sde.derived()[static_cast<std::size_t>(k)].name, sde.derive(k, solution.state.points), k, -1, 1});
  }
  return list;
}

struct Moments {
  double mean = 0;
  double spread = 0;
};

/// Mean of f and E|f − mean| on the mesh: unlike the variance it is finite whenever the mean is.
Moments moments(const Solution& solution, const Array& f) {
  const double mean = observe::mean(solution.state, f);
  return {mean, std::abs(observe::mean(solution.state, (f - mean).abs()))};
}

/// Needs numbers at every cell: f may overflow in tails that a user chose.
bool finite_everywhere(const Solution& solution, const Array& values) {
  return la::maximum(solution.comm, values.allFinite() ? 0 : 1) == 0;
}

Quantity mean_of(const Solution& solution, const Function& f) {
  if (!finite_everywhere(solution, f.values)) {
    return {core::undefined("it is NaN or infinite at some cells"), 0};
  }
  if (const std::string why = infinite_moment(solution, f); !why.empty()) {
    return {core::undefined(why), 0};
  }
  const Moments m = moments(solution, f.values);
  return average(solution, f.values, m.mean, m.spread + std::abs(m.mean));
}

Quantity covariance_of(const Solution& solution, Function f, Function g) {
  if (!finite_everywhere(solution, f.values) || !finite_everywhere(solution, g.values)) {
    return {core::undefined("it is NaN or infinite at some cells"), 0};
  }
  f.power = g.power = 2;
  for (const Function& h : {f, g}) {
    if (const std::string why = infinite_moment(solution, h); !why.empty()) {
      return {core::undefined(why), 0};
    }
  }
  const Moments a = moments(solution, f.values);
  const Moments b = moments(solution, g.values);
  const Array product = (f.values - a.mean) * (g.values - b.mean);
  return average(solution, product, 0, std::abs(observe::mean(solution.state, product.abs())));
}

Quantity mode_of(const Solution& solution, const MarginalFunction& q) {
  const std::optional<double> position = q.mode(solution);
  if (!position) {
    return {core::undefined("its density has no interior maximum"), 0};
  }
  return {{q.value_at(solution, *position),
           (tail_safety * outside_mass(solution) + solver_error(solution) + rounding) * q.spread(solution),
           {}},
          q.spread(solution)};
}

}  // namespace

Quantities quantities(const Solution& solution, const std::vector<model::Observable>& observables) {
  Quantities result;
  const std::vector<Function> functions = named_functions(solution);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    result["mean." + functions[i].name] = mean_of(solution, functions[i]);
    for (std::size_t j = i; j < functions.size(); ++j) {
      result["cov." + functions[i].name + "." + functions[j].name] =
          covariance_of(solution, functions[i], functions[j]);
    }
    const auto q = marginal_function(solution, static_cast<int>(i));
    result["mode." + functions[i].name] =
        q ? mode_of(solution, *q)
          : Quantity{core::undefined("it is not a monotone function of one variable: its density is not computed"), 0};
  }
  for (const auto& observable : observables) {
    result[observable.name()] = mean_of(solution, {observable.name(), observable(solution.state.points), -1, -1, 1});
    result[observable.name()].smooth = false;
  }
  return result;
}

std::vector<Marginal> marginals(const Solution& solution) {
  std::vector<Marginal> list;
  const int count = solution.sde.dimension() + static_cast<int>(solution.sde.derived().size());
  for (int which = 0; which < count; ++which) {
    if (const auto q = marginal_function(solution, which)) {
      list.push_back({q->name, q->positions, q->density(solution)});
    }
  }
  return list;
}

double truncated_sum(const Solution& solution, const Array& contributions) {
  return tail(solution, contributions).integral;
}

double outside_mass(const Solution& solution) { return truncated_sum(solution, solution.state.mass); }

void add_discretisation_error(Quantities& fine, const Quantities& coarse, double smooth, double rough) {
  for (auto& [name, quantity] : fine) {
    const auto other = coarse.find(name);
    if (!quantity.estimate.value || other == coarse.end()) {
      continue;
    }
    const auto& value = other->second.estimate.value;
    // Where the coarse grid sees no such value (a mode, say) nothing supports the fine one: its spread is its error.
    const double factor = quantity.smooth ? smooth : rough;
    *quantity.estimate.error += value ? factor * std::abs(*quantity.estimate.value - *value) : quantity.scale;
  }
}

std::map<std::string, core::Estimate> estimates(const Quantities& quantities) {
  std::map<std::string, core::Estimate> result;
  for (const auto& [name, quantity] : quantities) {
    result[name] = quantity.estimate;
  }
  return result;
}

}  // namespace sgdflux::study
