#include "quantities.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "marginal_function.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/observe/sampling.hpp"
#include "sgdflux/observe/shape.hpp"
#include "sgdflux/theory/feller.hpp"
#include "tails.hpp"

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
Tail tail(const observe::State& state, const Array& contributions) {
  Tail result;
  const double total = la::sum(state.comm, contributions.abs().sum());
  for (int d = 0; d < state.grid.dimension(); ++d) {
    const auto& axis = state.grid.axis(d);
    const Array w = observe::profile(state, d, contributions.abs());
    // What is missing beyond an end is a sum with signs: oscillations of a coarse grid cancel in it.
    const Array sums = observe::profile(state, d, contributions).abs();
    for (const bool upper : {false, true}) {
      if ((upper ? axis.spec().upper : axis.spec().lower) != mesh::Boundary::truncated || axis.cells() < 4) {
        continue;
      }
      const PowerFit fit = state.grid.dimension() > 1 ? fit_power(axis, w, upper) : PowerFit{};
      if (result.undefined = divergence(axis, fit, upper); !result.undefined.empty()) {
        return result;
      }
      result.integral += std::max(fit.algebraic ? fit.beyond : 0, observe::tail_sum(sums, upper));
      if (grows(w, upper, total)) {
        result.undefined = "its contributions do not fall off towards the truncated end " + end_name(axis, upper) +
                           ": infinite, or the mesh ends too early";
      }
    }
  }
  return result;
}

/// Reason why E[q^power] is infinite in one dimension, from the exact tail exponents; empty if it is finite.
std::string infinite_moment(const Law& law, const Function& f) {
  const auto& axis = law.state.grid.axis(0);
  if (!law.stationary || law.state.grid.dimension() != 1 || axis.periodic() || (f.derived < 0 && f.variable < 0)) {
    return {};
  }
  const model::Interval domain = law.sde.natural_domain(0);
  for (const bool upper : {false, true}) {
    if ((upper ? axis.spec().upper : axis.spec().lower) != mesh::Boundary::truncated) {
      continue;
    }
    const double exponent = theory::moment_exponent(law.sde, f.derived, f.power, upper);
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

Quantity average(const Law& law, const Array& values, double centre, double scale) {
  const double value = observe::mean(law.state, values);
  const Tail outside = tail(law.state, (values - centre) * law.state.mass);
  if (!outside.undefined.empty()) {
    return {core::undefined(outside.undefined), scale};
  }
  const double error = tail_safety * outside.integral + (law.solver_error + rounding) * scale;
  return {{value, error, {}}, scale};
}

std::vector<Function> named_functions(const Law& law) {
  std::vector<Function> list;
  const auto& sde = law.sde;
  for (int d = 0; d < sde.dimension(); ++d) {
    list.push_back({sde.variables()[static_cast<std::size_t>(d)], law.state.points.col(d), -1, d, 1});
  }
  for (int k = 0; k < static_cast<int>(sde.derived().size()); ++k) {
    list.push_back({sde.derived()[static_cast<std::size_t>(k)].name, sde.derive(k, law.state.points), k, -1, 1});
  }
  return list;
}

struct Moments {
  double mean = 0;
  double spread = 0;
};

/// Mean of f and E|f − mean| on the mesh: unlike the variance it is finite whenever the mean is.
Moments moments(const Law& law, const Array& f) {
  const double mean = observe::mean(law.state, f);
  return {mean, std::abs(observe::mean(law.state, (f - mean).abs()))};
}

/// Needs numbers at every cell: f may overflow in tails that a user chose.
bool finite_everywhere(const Law& law, const Array& values) {
  return la::maximum(law.state.comm, values.allFinite() ? 0 : 1) == 0;
}

Quantity mean_of(const Law& law, const Function& f) {
  if (!finite_everywhere(law, f.values)) {
    return {core::undefined("it is NaN or infinite at some cells"), 0};
  }
  if (const std::string why = infinite_moment(law, f); !why.empty()) {
    return {core::undefined(why), 0};
  }
  const Moments m = moments(law, f.values);
  return average(law, f.values, m.mean, m.spread + std::abs(m.mean));
}

/// A user's formula may have kinks and jumps between the cell centres, or oscillate faster than the grid can see.
Quantity mean_of_formula(const Law& law, const model::Observable& f) {
  const Array values = f(law.state.points);
  Quantity quantity = mean_of(law, {f.name(), values, -1, -1, 1});
  quantity.smooth = false;
  if (quantity.estimate.value) {
    *quantity.estimate.error +=
        observe::sampling_error(law.state, values, [&](const core::Batch& points) { return f(points); });
  }
  return quantity;
}

Quantity covariance_of(const Law& law, Function f, Function g) {
  if (!finite_everywhere(law, f.values) || !finite_everywhere(law, g.values)) {
    return {core::undefined("it is NaN or infinite at some cells"), 0};
  }
  f.power = g.power = 2;
  for (const Function& h : {f, g}) {
    if (const std::string why = infinite_moment(law, h); !why.empty()) {
      return {core::undefined(why), 0};
    }
  }
  const Moments a = moments(law, f.values);
  const Moments b = moments(law, g.values);
  const Array product = (f.values - a.mean) * (g.values - b.mean);
  return average(law, product, 0, std::abs(observe::mean(law.state, product.abs())));
}

Quantity mode_of(const Law& law, const MarginalFunction& q) {
  const std::optional<double> position = q.mode(law);
  if (!position) {
    return {core::undefined("its density has no interior maximum"), 0};
  }
  return {{q.value_at(law, *position),
           (tail_safety * outside_mass(law.state) + law.solver_error + rounding) * q.spread(law),
           {}},
          q.spread(law),
          true,
          true};
}

}  // namespace

Quantities quantities(const Law& law, const std::vector<model::Observable>& observables) {
  Quantities result;
  const std::vector<Function> functions = named_functions(law);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    result["mean." + functions[i].name] = mean_of(law, functions[i]);
    for (std::size_t j = i; j < functions.size(); ++j) {
      result["cov." + functions[i].name + "." + functions[j].name] = covariance_of(law, functions[i], functions[j]);
    }
    const auto q = marginal_function(law, static_cast<int>(i));
    result["mode." + functions[i].name] =
        q ? mode_of(law, *q)
          : Quantity{core::undefined("it is not a monotone function of one variable: its density is not computed"), 0};
  }
  for (const auto& observable : observables) {
    result[observable.name()] = mean_of_formula(law, observable);
  }
  return result;
}

std::vector<Marginal> marginals(const Law& law) {
  std::vector<Marginal> list;
  const int count = law.sde.dimension() + static_cast<int>(law.sde.derived().size());
  for (int which = 0; which < count; ++which) {
    if (const auto q = marginal_function(law, which)) {
      list.push_back({q->name, q->positions, q->density(law)});
    }
  }
  return list;
}

double truncated_sum(const observe::State& state, const Array& contributions) {
  return tail(state, contributions).integral;
}

std::string undefined_sum(const observe::State& state, const Array& contributions) {
  return tail(state, contributions).undefined;
}

double outside_mass(const observe::State& state) { return truncated_sum(state, state.mass); }

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
