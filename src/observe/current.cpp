#include "sgdflux/observe/current.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/fv/weights.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::observe {
namespace {

using mesh::Box;
using mesh::Cell;

constexpr double negligible_density = 1e-13;

Box widened(const mesh::Grid& grid, Box cells, int axis, Index width) {
  const auto& along = grid.axis(axis);
  cells.lower[axis] -= width;
  cells.upper[axis] += width;
  if (!along.periodic()) {
    cells.lower[axis] = std::max<Index>(0, cells.lower[axis]);
    cells.upper[axis] = std::min(along.cells(), cells.upper[axis]);
  }
  return cells;
}

/// X_d' at the centres that a box spans along axis d.
Eigen::ArrayXd slopes(const mesh::Grid& grid, const Box& box, int d) {
  const auto& along = grid.axis(d);
  return along.map().slope(
      Eigen::ArrayXd::NullaryExpr(box.extent(d), [&](Index i) { return along.centre(box.lower[d] + i); }));
}

/// Π_{j≠axis} X_j' at the transverse centres of the faces (or cells) of `box`.
Eigen::ArrayXd area_factor(const mesh::Grid& grid, const Box& box, int axis) {
  Eigen::ArrayXd product = Eigen::ArrayXd::Ones(box.cells());
  for (int d = 0; d < grid.dimension(); ++d) {
    if (d == axis) {
      continue;
    }
    const Eigen::ArrayXd slope = slopes(grid, box, d);
    for (Index i = 0; i < box.cells(); ++i) {
      product(i) *= slope(box.cell(i)[d] - box.lower[d]);
    }
  }
  return product;
}

/// Average of the face fluxes over each owned cell, of the highest order that the faces on either side allow.
Eigen::ArrayXd cell_average(const Box& owned, const Box& faces, int axis, int half_width, const Eigen::ArrayXd& flux) {
  Eigen::ArrayXd average(owned.cells());
  for (Index i = 0; i < owned.cells(); ++i) {
    Cell face = owned.cell(i);
    const Index below = face[axis] - faces.lower[axis] + 1;
    const Index above = faces.upper[axis] - 1 - face[axis];
    const int m = static_cast<int>(std::min<Index>({half_width, below, above}));
    double sum = 0;
    for (int k = 0; k < m; ++k) {
      Cell left = face;
      Cell right = face;
      left[axis] -= k;
      right[axis] += 1 + k;
      sum += fv::cell_average_weights(m)[static_cast<std::size_t>(k)] *
             (flux(faces.position(left)) + flux(faces.position(right)));
    }
    average(i) = sum;
  }
  return average;
}

/// The values on `inner` out of those on `outer`.
Eigen::ArrayXd restricted(const Box& outer, const Box& inner, const Eigen::ArrayXd& values) {
  Eigen::ArrayXd part(inner.cells());
  for (Index i = 0; i < inner.cells(); ++i) {
    part(i) = values(outer.position(inner.cell(i)));
  }
  return part;
}

double largest(MPI_Comm comm, const Eigen::ArrayXd& values) {
  return la::maximum(comm, values.size() > 0 ? values.abs().maxCoeff() : 0);
}

double longest_side(const mesh::Grid& grid) {
  double longest = 0;
  for (const auto& axis : grid.axes()) {
    longest = std::max(longest, axis.upper() - axis.lower());
  }
  return longest;
}

/// Jᵀ a⁻¹ J at one cell; NaN when a is not positive definite.
double dissipation(const Eigen::VectorXd& j, const Batch& a, Index row) {
  const auto dim = static_cast<int>(j.size());
  Eigen::MatrixXd tensor(dim, dim);
  for (int i = 0; i < dim; ++i) {
    for (int k = 0; k < dim; ++k) {
      tensor(i, k) = a(row, model::pair_index(i, k, dim));
    }
  }
  const Eigen::LLT<Eigen::MatrixXd> factors(tensor);
  const bool definite = factors.info() == Eigen::Success && factors.rcond() > 1e-13;
  return definite ? j.dot(factors.solve(j)) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Current current(const State& state, const fv::Discretisation& problem) {
  const int m = fv::two_point(problem.scheme.flux) ? 1 : fv::half_width(problem.scheme.flux);
  const la::Halo halo(state.comm, state.partition, fv::reach(problem) + m - 1);
  const Eigen::ArrayXd density = halo.exchange(state.density);
  Current result;
  result.cells.resize(state.owned.cells(), state.grid.dimension());
  for (int axis = 0; axis < state.grid.dimension(); ++axis) {
    fv::FaceFlux flux;
    la::guard(state.comm, [&] { flux = fv::face_flux(problem, axis, widened(state.grid, state.owned, axis, m - 1)); });
    const Eigen::ArrayXd wide = fv::apply(flux, halo.box(), density);
    const Box faces = fv::faces_of(state.owned, axis);
    const Eigen::ArrayXd area = area_factor(state.grid, flux.faces, axis);
    result.max = std::max(result.max, largest(state.comm, wide / area));
    result.opposing =
        std::max(result.opposing, largest(state.comm, fv::apply_magnitude(flux, halo.box(), density) / area));
    result.faces.push_back(restricted(flux.faces, faces, wide));
    result.face_boxes.push_back(faces);
    result.cells.col(axis) =
        cell_average(state.owned, flux.faces, axis, m, wide) / area_factor(state.grid, state.owned, axis);
  }
  return result;
}

NetFlux net_flux(const State& state, const Current& current, int d) {
  const auto& axis = state.grid.axis(d);
  const Box& faces = current.face_boxes[static_cast<std::size_t>(d)];
  Eigen::ArrayXd sections = Eigen::ArrayXd::Zero(axis.cells());
  const double area = state.grid.cell_volume() / axis.spacing();
  for (Index i = 0; i < faces.cells(); ++i) {
    const Index face = faces.cell(i)[d];
    if (face < state.owned.upper[d]) {
      sections(face) += current.faces[static_cast<std::size_t>(d)](i) * area;
    }
  }
  la::sum(state.comm, sections);
  const double mean = sections.mean();
  // Walls let nothing through: the interior sections are what the mean has to agree with.
  return {mean, (sections - mean).abs().maxCoeff()};
}

Eigen::ArrayXd circulation_of_cells(const State& state, const Current& current, int a, int b) {
  const Eigen::ArrayXd volume = fv::jacobian(state.grid, state.owned) * state.grid.cell_volume();
  const Eigen::ArrayXd x = state.points.col(a) - mean(state, state.points.col(a));
  const Eigen::ArrayXd y = state.points.col(b) - mean(state, state.points.col(b));
  return (x * current.cells.col(b) - y * current.cells.col(a)) * volume;
}

double circulation(const State& state, const Current& current, int a, int b) {
  return la::sum(state.comm, circulation_of_cells(state, current, a, b).sum());
}

double divergence(const State& state, const Current& current) {
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(state.owned.cells());
  for (int d = 0; d < state.grid.dimension(); ++d) {
    const Box& faces = current.face_boxes[static_cast<std::size_t>(d)];
    const auto& flux = current.faces[static_cast<std::size_t>(d)];
    for (Index i = 0; i < state.owned.cells(); ++i) {
      Cell above = state.owned.cell(i);
      const double below = flux(faces.position(above));
      above[d] += 1;
      sum(i) += (flux(faces.position(above)) - below) / state.grid.axis(d).spacing();
    }
  }
  const double unit = current.vanishes() ? current.opposing : current.max;
  const double largest_divergence = largest(state.comm, sum / fv::jacobian(state.grid, state.owned));
  return unit > 0 ? largest_divergence * longest_side(state.grid) / unit : 0;
}

Eigen::ArrayXd net_flux_of_cells(const State& state, const Current& current, int d) {
  const auto& axis = state.grid.axis(d);
  const double share = state.grid.cell_volume() / (axis.spacing() * static_cast<double>(axis.cells()));
  return current.cells.col(d) * area_factor(state.grid, state.owned, d) * share;
}

Eigen::ArrayXd entropy_production_of_cells(const State& state, const Current& current, const model::Sde& sde) {
  const Eigen::ArrayXd jacobian = fv::jacobian(state.grid, state.owned);
  const Batch a = sde.diffusion(state.points);
  const double floor = negligible_density * la::maximum(state.comm, state.mass.size() > 0 ? state.mass.maxCoeff() : 0);
  Eigen::ArrayXd rate = Eigen::ArrayXd::Zero(state.owned.cells());
  for (Index i = 0; i < state.owned.cells(); ++i) {
    if (state.mass(i) > floor) {
      const double p = state.density(i) / jacobian(i);
      const double volume = jacobian(i) * state.grid.cell_volume();
      rate(i) = 2 * dissipation(current.cells.row(i).transpose().matrix(), a, i) / p * volume;
    }
  }
  return rate;
}

double entropy_production(const State& state, const Current& current, const model::Sde& sde) {
  return la::sum(state.comm, entropy_production_of_cells(state, current, sde).sum());
}

}  // namespace sgdflux::observe
