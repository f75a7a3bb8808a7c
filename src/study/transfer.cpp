#include "transfer.hpp"

#include <limits>

#include "sgdflux/la/box_gather.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/observe/interpolation.hpp"

namespace sgdflux::study {
namespace {

constexpr double negligible = 1e-10;  ///< of the peak: negative values below are noise of the solver

}  // namespace

Eigen::ArrayXd transferred(const Assembly& from, const Eigen::ArrayXd& density, const Assembly& to, int nodes) {
  constexpr double nothing = -std::numeric_limits<double>::infinity();
  const double top = la::maximum(from.comm, density.size() > 0 ? density.maxCoeff() : nothing);
  const double least = la::minimum(from.comm, density.size() > 0 ? density.minCoeff() : -nothing);
  const mesh::Box wanted = observe::interpolation_box(from.grid, to.grid, to.owned, nodes);
  Eigen::ArrayXd values = la::values_on(from.comm, from.partition, density, wanted);
  if (least < -negligible * top) {
    return observe::interpolate(from.grid, wanted, values, to.grid, to.owned, nodes);
  }
  values = values.max(1e-300 + 1e-4 * negligible * top).log();
  return observe::interpolate(from.grid, wanted, values, to.grid, to.owned, nodes).exp();
}

}  // namespace sgdflux::study
