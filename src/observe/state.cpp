#include "sgdflux/observe/state.hpp"

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::observe {

State make_state(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition, Eigen::ArrayXd density) {
  const mesh::Box owned = partition.owned(la::rank(comm));
  const Eigen::ArrayXd mass = density * grid.cell_volume();
  return {comm, grid, partition, owned, std::move(density), mass, fv::physical(grid, fv::centres(grid, owned))};
}

void replace_density(State& state, Eigen::ArrayXd density) {
  state.mass = density * state.grid.cell_volume();
  state.density = std::move(density);
}

double mean(const State& state, const Eigen::ArrayXd& values) {
  return la::sum(state.comm, (values * state.mass).sum());
}

double covariance(const State& state, const Eigen::ArrayXd& f, const Eigen::ArrayXd& g) {
  return mean(state, (f - mean(state, f)) * (g - mean(state, g)));
}

Eigen::ArrayXd profile(const State& state, int d, const Eigen::ArrayXd& contributions) {
  Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(state.grid.axis(d).cells());
  for (Index i = 0; i < state.owned.cells(); ++i) {
    sums(state.owned.cell(i)[d]) += contributions(i);
  }
  la::sum(state.comm, sums);
  return sums;
}

Eigen::ArrayXd marginal(const State& state, int d, const Eigen::ArrayXd& weights) {
  return profile(state, d, weights * state.mass);
}

Eigen::ArrayXd marginal(const State& state, int d) {
  return marginal(state, d, Eigen::ArrayXd::Ones(state.mass.size()));
}

Eigen::ArrayXd marginal(const State& state, int d, int e) {
  const Index width = state.grid.axis(e).cells();
  Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(state.grid.axis(d).cells() * width);
  for (Index i = 0; i < state.owned.cells(); ++i) {
    const mesh::Cell cell = state.owned.cell(i);
    sums(cell[d] * width + cell[e]) += state.mass(i);
  }
  la::sum(state.comm, sums);
  return sums;
}

}  // namespace sgdflux::observe
