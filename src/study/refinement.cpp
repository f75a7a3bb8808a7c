#include "refinement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "sgdflux/theory/dynamics.hpp"

namespace sgdflux::study {
namespace {

constexpr double tolerated_variance_ratio = 1.5;  ///< between the two grids of an estimate

}  // namespace

int expected_order(const Assembly& assembly) {
  const fv::Scheme& scheme = assembly.problem.scheme;
  const bool damped = !fv::two_point(scheme.flux) && fv::half_width(scheme.flux) > 1 && scheme.damping > 0;
  int order = fv::order(scheme.flux) - (damped ? 1 : 0);
  for (int d = 0; d < assembly.grid.dimension(); ++d) {
    const auto& spec = assembly.grid.axis(d).spec();
    const auto& coupled = assembly.problem.coupling[static_cast<std::size_t>(d)];
    if (spec.lower == mesh::Boundary::reflecting || spec.upper == mesh::Boundary::reflecting) {
      order = std::min(order, std::any_of(coupled.begin(), coupled.end(), [](bool c) { return c; }) ? 1 : 2);
    }
  }
  return order;
}

double cells_ratio(const mesh::Grid& fine, const mesh::Grid& coarse) {
  double ratio = std::numeric_limits<double>::infinity();
  for (int d = 0; d < fine.dimension(); ++d) {
    const auto cells = static_cast<double>(fine.axis(d).cells());
    ratio = std::min(ratio, cells / static_cast<double>(coarse.axis(d).cells()));
  }
  return ratio;
}

double ratio_by_order(const Assembly& fine, const mesh::Grid& coarse) {
  return std::pow(cells_ratio(fine.grid, coarse), -expected_order(fine));
}

bool beats_its_order(const Assembly& assembly) {
  if (fv::two_point(assembly.problem.scheme.flux)) {
    return assembly.grid.dimension() == 1;
  }
  const auto uniform = [](const mesh::Axis& axis) { return axis.spec().map == "linear"; };
  return std::all_of(assembly.grid.axes().begin(), assembly.grid.axes().end(), uniform) &&
         theory::linear_dynamics(assembly.sde) != nullptr;
}

double error_factor(const mesh::Grid& fine, const mesh::Grid& coarse, int order) {
  const double ratio = cells_ratio(fine, coarse);
  return ratio > 1 ? std::max(1., 2 / (std::pow(ratio, order) - 1)) : 1;
}

std::string grid_disagreement(const model::Sde& sde, const Quantities& fine, const Quantities& coarse) {
  for (const auto& name : sde.variables()) {
    const std::string key = "cov." + name + "." + name;
    const auto& a = fine.at(key).estimate.value;
    const auto& b = coarse.at(key).estimate.value;
    if (a && b && !(*a / *b < tolerated_variance_ratio && *b / *a < tolerated_variance_ratio)) {
      std::ostringstream text;
      text.precision(3);
      text << "the variance of " << name << " is " << *a << " on this grid and " << *b
           << " on one with 0.7 times the cells per axis: the density is not resolved";
      return text.str();
    }
  }
  return {};
}

}  // namespace sgdflux::study
