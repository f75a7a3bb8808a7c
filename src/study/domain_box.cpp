#include <algorithm>

#include "domain.hpp"
#include "domain_search.hpp"
#include "domain_wells.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

constexpr double tested_reach = 7;  ///< standard deviations to which a linear SDE must be linear

/// ± `sigmas` standard deviations of a linear SDE, no solve needed.
std::vector<mesh::AxisSpec> gaussian_box(const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                                         const Well& law, double sigmas) {
  std::vector<mesh::AxisSpec> result = mesh;
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    const auto e = static_cast<Eigen::Index>(d);
    const model::Interval domain = sde.natural_domain(static_cast<int>(d));
    if (mesh[d].automatic()) {
      result[d].map = "linear";
      result[d].arguments = {std::max(domain.lower, law.mean(e) - sigmas * law.sigma(e)),
                             std::min(domain.upper, law.mean(e) + sigmas * law.sigma(e))};
    }
  }
  return result;
}

}  // namespace

Domain choose_box(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh, const Reach& reach) {
  std::vector<Well> wells;
  bool linear = false;
  la::guard(comm, [&] {
    wells = find_wells(sde);
    linear = wells.size() == 1 && is_linear(sde, wells.front(), tested_reach);
  });
  if (linear) {
    return {gaussian_box(sde, mesh, wells.front(), reach.sigmas), {}, {}};
  }
  const double depth = 0.5 * reach.sigmas * reach.sigmas;
  BoxSearch search(comm, sde, mesh, wells);
  if (const std::string refusal = search.settle(); !refusal.empty()) {
    return {{}, refusal, {}};
  }
  search.sharpen(depth);
  search.bend(depth);
  search.round_off();
  return {search.resolved(), {}, search.remarks()};
}

}  // namespace sgdflux::study
