#include "sgdflux/observe/state.hpp"

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::observe {
namespace {

constexpr Index slab_cells = 1 << 13;  ///< a few arrays of as many numbers fit into the cache of a core

Profiles empty_profiles(const mesh::Grid& grid) {
  Profiles result;
  for (const auto& axis : grid.axes()) {
    result.sums.emplace_back(Eigen::ArrayXd::Zero(axis.cells()));
    result.sizes.emplace_back(Eigen::ArrayXd::Zero(axis.cells()));
  }
  return result;
}

/// Adds contributions at the cells of a box, row by row.
void add(const mesh::Box& cells, const Eigen::Ref<const Eigen::ArrayXd>& contributions, Profiles& profiles) {
  const auto dim = static_cast<int>(profiles.sums.size());
  const auto along = static_cast<std::size_t>(std::min(mesh::row_axis(cells), dim - 1));
  mesh::for_each_row(cells, cells, [&](const mesh::Cell& first, Index at, Index length) {
    const auto row = contributions.segment(at, length);
    const double sum = dim > 1 ? row.sum() : 0;
    const double size = dim > 1 ? row.abs().sum() : 0;
    for (std::size_t d = 0; d < profiles.sums.size(); ++d) {
      if (d == along) {
        profiles.sums[d].segment(first[d], length) += row;
        profiles.sizes[d].segment(first[d], length) += row.abs();
      } else {
        profiles.sums[d](first[d]) += sum;
        profiles.sizes[d](first[d]) += size;
      }
    }
  });
}

void sum_over_ranks(MPI_Comm comm, Profiles& profiles) {
  for (std::size_t d = 0; d < profiles.sums.size(); ++d) {
    la::sum(comm, profiles.sums[d]);
    la::sum(comm, profiles.sizes[d]);
  }
}

}  // namespace

Batch State::points() const { return fv::points(grid, owned); }

Eigen::ArrayXd State::coordinate(int d) const { return fv::coordinate(grid, owned, d); }

State make_state(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition, Eigen::ArrayXd density) {
  const mesh::Box owned = partition.owned(la::rank(comm));
  const Eigen::ArrayXd mass = density * grid.cell_volume();
  return {comm, grid, partition, owned, std::move(density), mass};
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
  const mesh::Layers view = mesh::layers(state.owned, d);
  auto mine = sums.segment(state.owned.lower[static_cast<std::size_t>(d)], view.count);
  for (Index o = 0; o < view.outer; ++o) {
    const auto block = contributions.segment(o * view.count * view.inner, view.count * view.inner);
    if (view.inner == 1) {
      mine += block;
      continue;
    }
    for (Index i = 0; i < view.count; ++i) {
      mine(i) += block.segment(i * view.inner, view.inner).sum();
    }
  }
  la::sum(state.comm, sums);
  return sums;
}

std::vector<Slab> slabs(const mesh::Box& owned) {
  std::vector<Slab> list;
  Index begin = 0;
  for (const mesh::Box& piece : mesh::pieces(owned, slab_cells, {true, true, true, true})) {
    list.push_back({piece, begin});
    begin += piece.cells();
  }
  return list;
}

std::vector<Profiles> profiles(const State& state, Index count,
                               const std::function<Batch(const Slab&)>& contributions) {
  std::vector<Profiles> list(static_cast<std::size_t>(count), empty_profiles(state.grid));
  la::guard(state.comm, [&] {
    for (const Slab& slab : slabs(state.owned)) {
      const Batch part = contributions(slab);
      for (Index k = 0; k < count; ++k) {
        add(slab.cells, part.col(k), list[static_cast<std::size_t>(k)]);
      }
    }
  });
  for (Profiles& one : list) {
    sum_over_ranks(state.comm, one);
  }
  return list;
}

Profiles profiles(const State& state, const Eigen::ArrayXd& contributions) {
  Profiles result = empty_profiles(state.grid);
  for (const Slab& slab : slabs(state.owned)) {
    add(slab.cells, contributions.segment(slab.begin, slab.cells.cells()), result);
  }
  sum_over_ranks(state.comm, result);
  return result;
}

Eigen::ArrayXd marginal(const State& state, int d, const Eigen::ArrayXd& weights) {
  return profile(state, d, weights * state.mass);
}

Eigen::ArrayXd marginal(const State& state, int d) { return profile(state, d, state.mass); }

Eigen::ArrayXd plane(MPI_Comm comm, const mesh::Box& part, const mesh::Cell& shape, int d, int e,
                     const Eigen::ArrayXd& values) {
  const auto slow = static_cast<std::size_t>(d);
  const auto fast = static_cast<std::size_t>(e);
  const Index width = shape[fast];
  const auto along = static_cast<std::size_t>(mesh::row_axis(part));
  Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(shape[slow] * width);
  mesh::for_each_row(part, part, [&](const mesh::Cell& first, Index at, Index length) {
    const auto row = values.segment(at, length);
    const Index target = first[slow] * width + first[fast];
    if (along == fast) {
      sums.segment(target, length) += row;
    } else if (along == slow) {
      for (Index i = 0; i < length; ++i) {
        sums(target + i * width) += row(i);
      }
    } else {
      sums(target) += row.sum();
    }
  });
  la::sum(comm, sums);
  return sums;
}

Eigen::ArrayXd plane(const State& state, int d, int e, const Eigen::ArrayXd& contributions) {
  return plane(state.comm, state.owned, state.grid.shape(), d, e, contributions);
}

Eigen::ArrayXd marginal(const State& state, int d, int e) { return plane(state, d, e, state.mass); }

}  // namespace sgdflux::observe
