#include "memory.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "solver_choice.hpp"

namespace sgdflux::study {
namespace {

constexpr double share = 0.9;  ///< of the free memory that a run may take

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
  for (int i = 0; i < sde.dimension(); ++i) {
    noise.inertial = noise.inertial || !(a.col(model::pair_index(i, i, sde.dimension())) > 0).all();
    for (int j = 0; j < i; ++j) {
      noise.coupled = noise.coupled || (a.col(model::pair_index(i, j, sde.dimension())) != 0).any();
    }
  }
  return noise;
}

}  // namespace

std::string in_gigabytes(double bytes) {
  std::ostringstream text;
  text.precision(3);
  text << bytes / 1e9 << " GB";
  return text.str();
}

namespace {

/// Bytes of files that a container holds in memory and gives up when asked.
double reclaimable(const std::string& statistics) {
  std::ifstream file(statistics);
  std::string name;
  double bytes = 0;
  while (file >> name >> bytes) {
    if (name == "inactive_file") {
      return bytes;
    }
  }
  return 0;
}

/// What a container leaves: its limit less what its processes hold, caches that it gives up not counted; infinite
/// where there is none (version 2, then 1 of Linux' control groups).
double container_memory() {
  const auto number = [](const std::string& path) {
    std::ifstream file(path);
    double value = 0;
    return file >> value ? value : std::numeric_limits<double>::infinity();  // "max" is no number
  };
  const std::string root = "/sys/fs/cgroup/";
  const bool second = std::ifstream(root + "memory.max").good();
  const std::string folder = second ? root : root + "memory/";
  const double limit = number(folder + (second ? "memory.max" : "memory.limit_in_bytes"));
  const double used = number(folder + (second ? "memory.current" : "memory.usage_in_bytes"));
  if (!std::isfinite(limit) || !std::isfinite(used)) {
    return limit;
  }
  return std::max(0., limit - std::max(0., used - reclaimable(folder + "memory.stat")));
}

double free_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  double kilobytes = 0;
  std::string unit;
  while (file >> name >> kilobytes) {
    std::getline(file, unit);
    if (name == "MemAvailable:") {
      return 1024 * kilobytes;
    }
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

double available_memory() { return std::min(free_memory(), container_memory()); }

double usable_memory(MPI_Comm comm, double limit_per_rank) {
  // Free memory differs between readings: every rank must come to the same verdict.
  const double free = share * la::minimum(comm, available_memory());
  return limit_per_rank > 0 ? limit_per_rank * la::size(comm) : free;
}

void require_memory(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                    const fv::Scheme& scheme, double limit_per_rank) {
  const mesh::Grid grid(make_axes(mesh));
  const Traits seen = probe(sde, mesh, scheme);
  const double needed = bytes(ways(grid, scheme, seen).front(), grid, scheme, seen, la::size(comm));
  const double available = usable_memory(comm, limit_per_rank);
  if (needed > available) {
    const auto fit = static_cast<double>(grid.cells()) * available / needed;
    std::ostringstream cells;
    cells.precision(2);
    cells << fit;
    const int ranks = la::size(comm);
    const std::string each =
        ranks > 1 ? " (" + in_gigabytes(needed / ranks) + " on each of " + std::to_string(ranks) + " ranks)" : "";
    throw core::SettingsError("mesh: " + std::to_string(grid.cells()) + " cells need about " + in_gigabytes(needed) +
                              " of memory" + each + ", but " + in_gigabytes(available) +
                              " are available: at most about " + cells.str() + " cells fit");
  }
}

}  // namespace sgdflux::study
