#include "variation.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double share_of_value = 1e-3;
constexpr double share_of_branch = 1e-4;

std::shared_ptr<const study::Neighbour> neighbour(const Family& family, double value) {
  Member member = family.at(value);
  auto result = std::make_shared<study::Neighbour>();
  result->sde = std::move(member.sde);
  result->observables = std::move(member.observables);
  return result;
}

bool exists(const Family& family, double value) {
  try {
    return family.range.contains(value) && family.at(value).sde != nullptr;
  } catch (const core::SettingsError&) {
    return false;
  }
}

}  // namespace

std::vector<study::Variation> variations(const Family& family, double value, double whole) {
  double step = std::max(share_of_value * std::abs(value), share_of_branch * whole);
  step = std::min({step, (value - family.range.lower) / 3, (family.range.upper - value) / 3});
  if (!(step > 0) || !exists(family, value - 2 * step) || !exists(family, value + 2 * step)) {
    return {};
  }
  return {{family.parameter, value, step, [&family](double p) { return neighbour(family, p); }}};
}

}  // namespace sgdflux::continuation
