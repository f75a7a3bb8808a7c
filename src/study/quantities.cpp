#include "quantities.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "averages.hpp"
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

/// @param contributions of the cells to the integral of f p.
Tail tail(const mesh::Grid& grid, const observe::Profiles& contributions) {
  Tail result;
  const double total = contributions.size();
  for (int d = 0; d < grid.dimension(); ++d) {
    const auto& axis = grid.axis(d);
    const Array& w = contributions.sizes[static_cast<std::size_t>(d)];
    // What is missing beyond an end is a sum with signs: oscillations of a coarse grid cancel in it.
    const Array sums = contributions.sums[static_cast<std::size_t>(d)].abs();
    for (const bool upper : {false, true}) {
      if ((upper ? axis.spec().upper : axis.spec().lower) != mesh::Boundary::truncated || axis.cells() < 4) {
        continue;
      }
      const PowerFit fit = grid.dimension() > 1 ? fit_power(axis, w, upper) : PowerFit{};
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

Tail tail(const observe::State& state, const Array& contributions) {
  return tail(state.grid, observe::profiles(state, contributions));
}

/// Reason why E[q^power] is infinite in one dimension, from the exact tail exponents; empty if it is finite.
/// @param base position among variables, then derived quantities, then formulas.
std::string infinite_moment(const Law& law, int base, double power) {
  const int derived = base - law.sde.dimension();
  const bool formula = derived >= static_cast<int>(law.sde.derived().size());
  const auto& axis = law.state.grid.axis(0);
  if (!law.stationary || law.state.grid.dimension() != 1 || axis.periodic() || formula) {
    return {};
  }
  const std::string& name =
      derived < 0 ? law.sde.variables().front() : law.sde.derived()[static_cast<std::size_t>(derived)].name;
  const model::Interval domain = law.sde.natural_domain(0);
  for (const bool upper : {false, true}) {
    if ((upper ? axis.spec().upper : axis.spec().lower) != mesh::Boundary::truncated) {
      continue;
    }
    const double exponent = theory::moment_exponent(law.sde, std::max(derived, -1), power, upper);
    const bool unbounded = std::isinf(upper ? domain.upper : domain.lower);
    // At the borderline the integral diverges logarithmically; the exponent is known to about 1e-7.
    const bool finite = unbounded ? exponent < -1 - 1e-6 : exponent > -1 + 1e-6;
    if (!finite) {
      return "infinite: towards the " + std::string(upper ? "upper" : "lower") + " end " + name +
             (power > 1 ? "^2" : "") + " times the density behaves like " +
             (unbounded ? "|" + axis.name() + "|" : "distance") + "^" + std::to_string(exponent);
    }
  }
  return {};
}

/// Means of the functions that averages are made of, and whether they are numbers at every cell: a formula may overflow
/// in tails that a user chose.
struct Base {
  Array means;
  Eigen::Array<bool, Eigen::Dynamic, 1> finite;
};

Base base_of(const Law& law, const std::vector<model::Observable>& observables) {
  const auto& state = law.state;
  const auto count = law.sde.dimension() + static_cast<Eigen::Index>(law.sde.derived().size() + observables.size());
  Array sums = Array::Zero(count);
  Array infinite = Array::Zero(count);
  la::guard(state.comm, [&] {
    for (const observe::Slab& slab : observe::slabs(state.owned)) {
      const core::Batch values = base_functions(law.sde, observables, fv::points(state.grid, slab.cells));
      for (Eigen::Index k = 0; k < count; ++k) {
        sums(k) += (values.col(k) * state.mass.segment(slab.begin, values.rows())).sum();
        infinite(k) += values.col(k).allFinite() ? 0 : 1;
      }
    }
  });
  la::sum(state.comm, sums);
  la::sum(state.comm, infinite);
  return {sums, infinite == 0};
}

/// Why there is no average, before anything is summed; empty if there may be one.
std::string unthinkable(const Law& law, const Average& average, const Base& base) {
  for (const int k : {average.first, average.second}) {
    if (k >= 0 && !base.finite(k)) {
      return "it is NaN or infinite at some cells";
    }
  }
  for (const int k : {average.first, average.second}) {
    if (k < 0) {
      continue;
    }
    if (std::string why = infinite_moment(law, k, average.second < 0 ? 1 : 2); !why.empty()) {
      return why;
    }
  }
  return {};
}

/// What the cells contribute to averages, means taken off, and E|f − ⟨f⟩|: unlike the variance that is finite whenever
/// the mean is.
struct Contributions {
  std::vector<observe::Profiles> profiles;
  Array spreads;
};

Contributions contributions_to(const Law& law, const std::vector<model::Observable>& observables,
                               const std::vector<Average>& averages, const Base& base) {
  const auto& state = law.state;
  const auto count = static_cast<Eigen::Index>(averages.size());
  Contributions result{{}, Array::Zero(count)};
  result.profiles = observe::profiles(state, count, [&](const observe::Slab& slab) {
    const core::Batch values = base_functions(law.sde, observables, fv::points(state.grid, slab.cells));
    const auto mass = state.mass.segment(slab.begin, values.rows());
    core::Batch part(values.rows(), count);
    for (Eigen::Index k = 0; k < count; ++k) {
      const Average& average = averages[static_cast<std::size_t>(k)];
      part.col(k) = average.values(values, base.means) - (average.second < 0 ? base.means(average.first) : 0);
      result.spreads(k) += (part.col(k).abs() * mass).sum();
      part.col(k) *= mass;
    }
    return part;
  });
  la::sum(state.comm, result.spreads);
  result.spreads = result.spreads.abs();
  return result;
}

Quantity average_of(const Law& law, const Average& average, const Base& base, const observe::Profiles& contributions,
                    double spread) {
  const bool is_mean = average.second < 0;
  const double value = is_mean ? base.means(average.first) : contributions.sum();
  const double scale = spread + (is_mean ? std::abs(value) : 0);
  const Tail outside = tail(law.state.grid, contributions);
  if (!outside.undefined.empty()) {
    return {core::undefined(outside.undefined), scale};
  }
  return {{value, tail_safety * outside.integral + (law.solver_error + rounding) * scale, {}}, scale};
}

/// A user's formula may have kinks and jumps between the cell centres, or oscillate faster than the grid can see.
void doubt_formula(const Law& law, const model::Observable& f, double mean, Quantity& quantity) {
  quantity.smooth = false;
  if (quantity.estimate.value) {
    *quantity.estimate.error +=
        observe::sampling_error(law.state, mean, [&](const core::Batch& points) { return f(points); });
  }
}

Quantities averages_of(const Law& law, const std::vector<model::Observable>& observables) {
  const Base base = base_of(law, observables);
  Quantities result;
  std::vector<Average> possible;
  for (const Average& average : list_averages(law.sde, observables)) {
    const std::string why = unthinkable(law, average, base);
    if (why.empty()) {
      possible.push_back(average);
    } else {
      result[average.name] = {core::undefined(why), 0, average.formula < 0};
    }
  }
  const Contributions all = contributions_to(law, observables, possible, base);
  for (std::size_t k = 0; k < possible.size(); ++k) {
    const Average& average = possible[k];
    Quantity& quantity = result[average.name];
    quantity = average_of(law, average, base, all.profiles[k], all.spreads(static_cast<Eigen::Index>(k)));
    if (average.formula >= 0) {
      doubt_formula(law, observables[static_cast<std::size_t>(average.formula)], base.means(average.first), quantity);
    }
  }
  return result;
}

Quantity mode_of(const Law& law, const MarginalFunction& q, double outside) {
  const std::optional<double> position = q.mode(law);
  if (!position) {
    return {core::undefined("its density has no interior maximum"), 0};
  }
  const double spread = q.spread(law);
  return {{q.value_at(law, *position), (tail_safety * outside + law.solver_error + rounding) * spread, {}},
          spread,
          true,
          true};
}

}  // namespace

Quantities quantities(const Law& law, const std::vector<model::Observable>& observables) {
  Quantities result = averages_of(law, observables);
  const double outside = outside_mass(law.state);
  const int variables = law.sde.dimension();
  for (int which = 0; which < variables + static_cast<int>(law.sde.derived().size()); ++which) {
    const std::string& name = which < variables ? law.sde.variables()[static_cast<std::size_t>(which)]
                                                : law.sde.derived()[static_cast<std::size_t>(which - variables)].name;
    const auto q = marginal_function(law, which);
    result["mode." + name] =
        q ? mode_of(law, *q, outside)
          : Quantity{core::undefined("it is not a monotone function of one variable: its density is not computed"), 0};
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

double truncated_sum(const observe::State& state, const observe::Profiles& contributions) {
  return tail(state.grid, contributions).integral;
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
