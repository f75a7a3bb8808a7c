#include "moving_domain.hpp"

#include <algorithm>
#include <cmath>

#include "arrays.hpp"
#include "sgdflux/theory/dynamics.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double least_depth = 18;    ///< of ln p below its peak at an end: a mass of 1e−9 beyond it
constexpr double largest_depth = 45;  ///< deeper ends waste a third of the cells of an axis
constexpr double tolerated_growth = 10;
constexpr double tolerated_error = 1e-6;  ///< relative; what automatic meshes aim at

bool chosen_cheaply(const model::Sde& sde) { return sde.dimension() == 1 || theory::linear_dynamics(sde) != nullptr; }

/// Whether the marginal density along an axis has fallen far enough, and not too far, at both ends.
bool holds(const study::StationaryAnswer& answer, const mesh::AxisSpec& axis) {
  const auto* density = array(answer, "density_of/" + axis.name + "/density");
  if (density == nullptr || density->size() < 2) {
    return true;
  }
  const double top = *std::max_element(density->begin(), density->end());
  const auto fits = [&](double p) {
    const double depth = std::log(top / std::max(std::abs(p), 1e-300));
    return depth >= least_depth && depth <= largest_depth;
  };
  return (axis.lower != mesh::Boundary::truncated || fits(density->front())) &&
         (axis.upper != mesh::Boundary::truncated || fits(density->back()));
}

/// Largest relative error of a variance.
double relative_error(const study::StationaryAnswer& answer) {
  double worst = 0;
  for (const mesh::AxisSpec& axis : answer.mesh) {
    const auto found = answer.observables.find("cov." + axis.name + "." + axis.name);
    if (found != answer.observables.end() && found->second.value && *found->second.value > 0) {
      worst = std::max(worst, *found->second.error / *found->second.value);
    }
  }
  return worst;
}

}  // namespace

std::vector<mesh::AxisSpec> MovingDomain::next(const Member& member) const {
  std::vector<mesh::AxisSpec> mesh = member.mesh;
  for (std::size_t d = 0; d < settled_.axes.size() && d < mesh.size(); ++d) {
    if (mesh[d].automatic()) {
      const bool stays = settled_.fits && !chosen_cheaply(*member.sde);
      mesh[d] = stays ? settled_.axes[d] : mesh[d];
      mesh[d].cells = std::max(mesh[d].cells, settled_.axes[d].cells);
    }
  }
  return mesh;
}

void MovingDomain::accepted(const Member& member, const study::StationaryAnswer& answer) {
  if (answer.observables.empty() || answer.mesh.size() != member.mesh.size()) {
    return;
  }
  const bool chosen_anew = !settled_.fits || chosen_cheaply(*member.sde);
  const double error = relative_error(answer);
  settled_.error = chosen_anew ? error : settled_.error;
  settled_.axes = answer.mesh;
  settled_.fits = error <= std::max(tolerated_error, tolerated_growth * settled_.error);
  for (std::size_t d = 0; d < settled_.axes.size(); ++d) {
    // What was just chosen fits as well as can be had.
    settled_.fits = settled_.fits && (!member.mesh[d].automatic() || chosen_anew || holds(answer, settled_.axes[d]));
  }
}

}  // namespace sgdflux::continuation
