#include "memory.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "free_memory.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

constexpr double share = 0.9;             ///< of the free memory that a run may take
constexpr double most_cells = 1LL << 31;  ///< that a grid can have

/// What the choice of a solver rests on, as seen on a few cells of the same domain.
Traits probe(const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme) {
  std::vector<mesh::AxisSpec> few = mesh;
  for (auto& axis : few) {
    axis.cells = std::min<core::Index>(axis.cells, 7);
  }
  const mesh::Grid grid(make_axes(few));
  mesh::Box lattice;
  lattice.upper = grid.shape();
  const auto a = sde.diffusion(fv::physical(grid, fv::centres(grid, lattice)));
  Traits noise;
  noise.central = !fv::two_point(scheme.flux) && scheme.flux != fv::Flux::limited;
  for (const auto& axis : mesh) {
    noise.central = noise.central && axis.lower != mesh::Boundary::absorbing && axis.upper != mesh::Boundary::absorbing;
  }
  int noisy = 0;
  for (int i = 0; i < sde.dimension(); ++i) {
    if ((a.col(model::pair_index(i, i, sde.dimension())) > 0).any()) {
      noise.noise_axis = ++noisy == 1 ? i : -1;
    }
    noise.inertial = noise.inertial || !(a.col(model::pair_index(i, i, sde.dimension())) > 0).all();
    for (int j = 0; j < i; ++j) {
      noise.coupled = noise.coupled || (a.col(model::pair_index(i, j, sde.dimension())) != 0).any();
    }
  }
  return noise;
}

/// What the first way needs on one grid after the other.
struct Estimate {
  const fv::Scheme& scheme;
  Traits traits;
  Demand demand;
  int ranks;

  [[nodiscard]] Way way(const Extents& extents) const { return first_way(demand.systems, extents, scheme, traits); }
  [[nodiscard]] double operator()(const Extents& extents) const {
    return bytes(way(extents), extents, scheme, traits, ranks) + sizeof(double) * demand.basis * extents.cells();
  }
};

/// The largest grid of the same proportions that needs no more, by bisection over the cells along the longest axis.
Extents largest_that_fits(const Extents& extents, const Estimate& needed, double available) {
  double fits = 0;
  double too_many = extents.most();
  while (too_many - fits > 1) {
    const double middle = std::floor((fits + too_many) / 2);
    const Extents trial = extents.scaled(middle / extents.most());
    (needed(trial) <= available && trial.cells() <= most_cells ? fits : too_many) = middle;
  }
  return extents.scaled(fits / extents.most());
}

std::string share_of(double bytes, int ranks) {
  return ranks > 1 ? " (" + in_gigabytes(bytes / ranks) + " on each of " + std::to_string(ranks) + " ranks)" : "";
}

/// Ranks of `comm` on the machine of this one.
int neighbours(MPI_Comm comm) {
  MPI_Comm machine = MPI_COMM_NULL;
  MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
  const int count = la::size(machine);
  MPI_Comm_free(&machine);
  return count;
}

}  // namespace

std::string in_gigabytes(double bytes) {
  std::ostringstream text;
  text.precision(3);
  text << bytes / 1e9 << " GB";
  return text.str();
}

Room usable_memory(MPI_Comm comm, double limit_per_rank) {
  const int ranks = la::size(comm);
  if (limit_per_rank > 0) {
    return {limit_per_rank * ranks, "are allowed"};
  }
  // Free memory differs between readings: every rank must come to the same verdict.
  const double here = neighbours(comm);
  const double machine = share * la::minimum(comm, machine_memory() / here);
  const double group = share * la::minimum(comm, group_memory() / here);
  const double process = la::minimum(comm, process_memory());
  const double least = std::min({machine, group, process});
  const std::string source = least == machine ? "are free"
                             : least == group ? "are left by the limit of the container or job"
                                              : "are left by the limit of the process (ulimit)";
  return {least * ranks, source};
}

void require_memory(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                    const fv::Scheme& scheme, double limit_per_rank, const Demand& demand) {
  const Extents extents(mesh);
  const int ranks = la::size(comm);
  const Estimate needed{scheme, probe(sde, mesh, scheme), demand, ranks};
  const Room room = usable_memory(comm, limit_per_rank);
  if (needed(extents) <= room.bytes) {
    return;
  }
  const Extents fits = largest_that_fits(extents, needed, room.bytes);
  throw core::SettingsError("mesh: " + extents.text() + " cells need about " + in_gigabytes(needed(extents)) +
                            " of memory" + share_of(needed(extents), ranks) + ", but " + in_gigabytes(room.bytes) +
                            share_of(room.bytes, ranks) + " " + room.source +
                            (fits.cells() > 1 ? ": at most about " + fits.text() + " cells fit" : ": no grid fits"));
}

}  // namespace sgdflux::study
