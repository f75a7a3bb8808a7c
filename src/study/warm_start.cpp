#include "sgdflux/study/warm_start.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/core/lagrange.hpp"
#include "sgdflux/la/halo.hpp"
#include "warm_state.hpp"

namespace sgdflux::study {
namespace {

constexpr std::size_t kept_densities = 6;
constexpr int highest_degree = 4;

}  // namespace

WarmStart::WarmStart() : state_(std::make_unique<State>()) {}
WarmStart::~WarmStart() = default;

void WarmStart::at(double parameter) { state_->parameter = parameter; }
WarmStart::Count WarmStart::count() const { return state_->count; }

WarmGrid& WarmStart::State::grid(const mesh::Grid& grid, const fv::Scheme& scheme) {
  return grids_[{grid.shape(), scheme.flux, scheme.damping}];
}

Eigen::ArrayXd WarmGrid::predict(double parameter, int of_degree) const {
  std::vector<const Kept*> nearest;
  for (const Kept& one : densities) {
    nearest.push_back(&one);
  }
  std::stable_sort(nearest.begin(), nearest.end(), [&](const Kept* a, const Kept* b) {
    return std::abs(a->parameter - parameter) < std::abs(b->parameter - parameter);
  });
  nearest.resize(std::min(nearest.size(), static_cast<std::size_t>(of_degree) + 1));
  if (nearest.empty()) {
    return {};
  }
  std::vector<double> nodes;
  for (const Kept* one : nearest) {
    nodes.push_back(one->parameter);
  }
  const std::vector<double> weights = core::lagrange_weights(nodes, parameter);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(nearest.front()->density.size());
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    sum += weights[i] * nearest[i]->density;
  }
  return sum;
}

void WarmGrid::keep(MPI_Comm comm, double parameter, const Eigen::ArrayXd& density) {
  std::erase_if(densities, [&](const Kept& one) { return one.parameter == parameter; });
  double least = std::numeric_limits<double>::infinity();
  for (int candidate = 0; candidate <= std::min(highest_degree, static_cast<int>(densities.size()) - 1); ++candidate) {
    const double error = la::sum(comm, (predict(parameter, candidate) - density).abs().sum());
    degree = error < least ? candidate : degree;
    least = std::min(least, error);
  }
  // One degree more may be tried: with one density more it can be.
  degree = std::min(degree + 1, highest_degree);
  densities.push_back({parameter, density});
  if (densities.size() > kept_densities) {
    densities.erase(densities.begin());
  }
}

}  // namespace sgdflux::study
