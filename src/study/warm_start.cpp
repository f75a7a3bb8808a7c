#include "sgdflux/study/warm_start.hpp"

#include <algorithm>
#include <cmath>

#include "warm_state.hpp"

namespace sgdflux::study {
namespace {

constexpr std::size_t kept_densities = 4;
constexpr std::size_t used_densities = 3;

}  // namespace

WarmStart::WarmStart() : state_(std::make_unique<State>()) {}
WarmStart::~WarmStart() = default;

void WarmStart::at(double parameter) { state_->parameter = parameter; }
WarmStart::Count WarmStart::count() const { return state_->count; }

WarmGrid& WarmStart::State::grid(const mesh::Grid& grid, const fv::Scheme& scheme) {
  return grids_[{grid.shape(), scheme.flux, scheme.damping}];
}

Eigen::ArrayXd WarmGrid::predict(double parameter) const {
  std::vector<const Kept*> nearest;
  for (const Kept& one : densities) {
    nearest.push_back(&one);
  }
  std::stable_sort(nearest.begin(), nearest.end(), [&](const Kept* a, const Kept* b) {
    return std::abs(a->parameter - parameter) < std::abs(b->parameter - parameter);
  });
  nearest.resize(std::min(nearest.size(), used_densities));
  Eigen::ArrayXd sum;
  for (const Kept* one : nearest) {
    double weight = 1;  // of Lagrange's polynomial
    for (const Kept* other : nearest) {
      weight *= other == one ? 1 : (parameter - other->parameter) / (one->parameter - other->parameter);
    }
    sum = sum.size() == 0 ? Eigen::ArrayXd(weight * one->density) : Eigen::ArrayXd(sum + weight * one->density);
  }
  return sum;
}

void WarmGrid::keep(double parameter, const Eigen::ArrayXd& density) {
  std::erase_if(densities, [&](const Kept& one) { return one.parameter == parameter; });
  densities.push_back({parameter, density});
  if (densities.size() > kept_densities) {
    densities.erase(densities.begin());
  }
}

}  // namespace sgdflux::study
