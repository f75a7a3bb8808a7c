#include "assembly.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

constexpr Index held_cells = 1 << 13;  ///< whose coefficients are held at once
constexpr Index sample_cells = 9;      ///< per axis, to see whether noise is correlated anywhere
constexpr double quiet = 1e-12;        ///< noise relative to the largest along the axis

/// Noise may be correlated, or need long jumps, on one rank's cells only: both sides of a face must read the same
/// stencil.
fv::Discretisation agreed_discretisation(MPI_Comm comm, const model::Sde& sde, const mesh::Grid& grid,
                                         const fv::Scheme& scheme, const mesh::Box& owned, fv::AbsorbingSet absorbing) {
  fv::Discretisation problem{sde, grid, scheme, {}, std::move(absorbing), {}, nullptr};
  la::guard(comm, [&] {
    fv::require_fit(scheme, grid);
    problem.coupling = fv::find_coupling(sde, grid, owned);
  });
  for (auto& row : problem.coupling) {
    for (bool& coupled : row) {
      coupled = la::maximum(comm, coupled ? 1 : 0) > 0;
    }
  }
  la::guard(comm, [&] { problem.noise = fv::find_noise(problem, owned); });
  problem.noise.radius = static_cast<int>(la::maximum(comm, problem.noise.radius));
  problem.noise.floor = la::maximum(comm, problem.noise.floor);
  problem.noise.balanced = la::minimum(comm, problem.noise.balanced ? 1 : 0) > 0;
  return problem;
}

}  // namespace

Assembly::Assembly(MPI_Comm communicator, const model::Sde& model, std::vector<mesh::Axis> axes,
                   const fv::Scheme& scheme, fv::AbsorbingSet absorbing)
    : comm(communicator),
      sde(model),
      grid(std::move(axes)),
      partition(grid, la::size(comm)),
      owned(partition.owned(la::rank(comm))),
      problem(agreed_discretisation(comm, sde, grid, scheme, owned, std::move(absorbing))) {}

fv::Generator Assembly::generator(const fv::Scheme& scheme) const {
  fv::Discretisation other = problem;
  other.scheme = scheme;
  fv::Generator result;
  la::guard(comm, [&] { result = fv::generator(other, owned); });
  return result;
}

fv::Discretisation Assembly::discretisation_of(const model::Sde& other) const {
  std::vector<mesh::AxisSpec> specs;
  for (const auto& axis : grid.axes()) {
    specs.push_back(axis.spec());
    specs.back().cells = std::min(specs.back().cells, sample_cells);
  }
  const mesh::Grid sample(make_axes(specs));
  mesh::Box all;
  all.upper = sample.shape();
  fv::Discretisation result{other, grid, problem.scheme, fv::find_coupling(other, sample, all), {}, {}, nullptr};
  for (std::size_t i = 0; i < result.coupling.size(); ++i) {
    for (std::size_t j = 0; j < result.coupling.size(); ++j) {
      result.coupling[i][j] = result.coupling[i][j] || problem.coupling[i][j];
    }
  }
  // Without asking the other ranks only the caps bound how far their cells reach.
  result.noise = fv::find_noise(result, {});
  result.noise.balanced = false;
  const auto caps = fv::lattice_limits(grid).radius;
  result.noise.radius = fv::jumps_along_offsets(result) ? *std::max_element(caps.begin(), caps.end()) : 1;
  return result;
}

fv::Generator Assembly::backward_generator() const {
  fv::Generator result;
  la::guard(comm, [&] { result = fv::backward_generator(problem, owned); });
  return result;
}

std::vector<mesh::AxisSpec> rescaled(const std::vector<mesh::AxisSpec>& mesh, double factor) {
  std::vector<mesh::AxisSpec> result = mesh;
  for (auto& axis : result) {
    axis.cells = std::clamp<Index>(std::llround(factor * static_cast<double>(axis.cells)), 2,
                                   std::max<Index>(2, axis.cells - 1));
  }
  return result;
}

std::vector<mesh::Axis> make_axes(const std::vector<mesh::AxisSpec>& mesh) { return {mesh.begin(), mesh.end()}; }

NoiseAxes noise_axes(const Assembly& assembly) {
  const auto dim = assembly.grid.dimension();
  Eigen::ArrayXd least = Eigen::ArrayXd::Constant(dim, std::numeric_limits<double>::infinity());
  Eigen::ArrayXd most = Eigen::ArrayXd::Zero(dim);
  la::guard(assembly.comm, [&] {
    for (const mesh::Box& piece : mesh::pieces(assembly.owned, held_cells, {true, true, true, true})) {
      const auto a = fv::cell_coefficients(assembly.sde, assembly.grid, piece).diffusion;
      for (int d = 0; d < dim; ++d) {
        const auto& along = a.col(model::pair_index(d, d, dim));
        least(d) = std::min(least(d), along.minCoeff());
        most(d) = std::max(most(d), along.maxCoeff());
      }
    }
  });
  NoiseAxes result;
  int noisy = 0;
  for (int d = 0; d < dim; ++d) {
    const double largest = la::maximum(assembly.comm, most(d));
    result.inertial = result.inertial || la::minimum(assembly.comm, least(d)) <= quiet * largest;
    if (largest > 0) {
      result.only = d;
      ++noisy;
    }
  }
  result.only = noisy == 1 ? result.only : -1;
  return result;
}

bool coupled(const fv::Coupling& coupling) {
  return std::any_of(coupling.begin(), coupling.end(),
                     [](const auto& row) { return std::any_of(row.begin(), row.end(), [](bool c) { return c; }); });
}

Eigen::ArrayXd gathered(MPI_Comm comm, const mesh::Grid& grid, const mesh::Box& owned, const Eigen::ArrayXd& values) {
  mesh::Box lattice;
  lattice.upper = grid.shape();
  Eigen::ArrayXd all = Eigen::ArrayXd::Zero(lattice.cells());
  for (Index i = 0; i < owned.cells(); ++i) {
    all(lattice.position(owned.cell(i))) = values(i);
  }
  la::sum(comm, all);
  return all;
}

}  // namespace sgdflux::study
