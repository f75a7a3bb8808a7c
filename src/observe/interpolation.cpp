#include "sgdflux/observe/interpolation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::observe {
namespace {

using core::Index;

/// Consecutive cells of one axis, beyond periodic ends too, and their Lagrange weights at a point.
struct Stencil {
  Index first = 0;
  std::vector<double> weights;
  [[nodiscard]] Index end() const { return first + static_cast<Index>(weights.size()); }
};

/// Lagrange weights at `position` of the integer nodes 0 … n−1.
std::vector<double> lagrange(double position, Index n) {
  std::vector<double> weights(static_cast<std::size_t>(n), 1);
  for (Index j = 0; j < n; ++j) {
    for (Index k = 0; k < n; ++k) {
      if (k != j) {
        weights[static_cast<std::size_t>(j)] *= (position - static_cast<double>(k)) / static_cast<double>(j - k);
      }
    }
  }
  return weights;
}

bool inside(const mesh::Axis& axis, double x) { return axis.periodic() || (x >= axis.lower() && x <= axis.upper()); }

Stencil stencil(const mesh::Axis& axis, double x, int nodes) {
  const Index n = axis.cells();
  const Index count = std::min<Index>(nodes, n);
  const double period = axis.upper() - axis.lower();
  const double wrapped = axis.periodic() ? x - period * std::floor((x - axis.lower()) / period) : x;
  const double position = (axis.map().computational(wrapped) - axis.centre(0)) / axis.spacing();
  auto first = static_cast<Index>(std::floor(position)) - (count - 1) / 2;
  if (!axis.periodic()) {
    first = std::clamp<Index>(first, 0, n - count);
  }
  return {first, lagrange(position - static_cast<double>(first), count)};
}

/// The stencils of the centres of `box` along axis d of `other`.
std::vector<Stencil> stencils_along(const mesh::Grid& grid, const mesh::Grid& other, const mesh::Box& box, int d,
                                    int nodes) {
  const auto e = static_cast<std::size_t>(d);
  const Eigen::ArrayXd centres = other.axis(d).centres();
  std::vector<Stencil> stencils;
  for (Index i = box.lower[e]; i < box.upper[e]; ++i) {
    stencils.push_back(stencil(grid.axis(d), centres(i), nodes));
  }
  return stencils;
}

/// Σ over the tensor product of the stencils, one per axis; values(cell) of cells as the stencils count them.
template <class Values>
double contract(const std::vector<Stencil>& stencils, const Values& values) {
  mesh::Box cells;
  for (std::size_t d = 0; d < stencils.size(); ++d) {
    cells.lower[d] = stencils[d].first;
    cells.upper[d] = stencils[d].end();
  }
  double sum = 0;
  for (Index entry = 0; entry < cells.cells(); ++entry) {
    const mesh::Cell cell = cells.cell(entry);
    double weight = 1;
    for (std::size_t d = 0; d < stencils.size(); ++d) {
      weight *= stencils[d].weights[static_cast<std::size_t>(cell[d] - cells.lower[d])];
    }
    sum += weight * values(cell);
  }
  return sum;
}

/// `values` of shape outer × n × inner, cells from `lower` on, with the middle index replaced by the points of the
/// stencils.
Eigen::ArrayXd along_axis(const Eigen::ArrayXd& values, Index inner, Index lower, Index n,
                          const std::vector<Stencil>& stencils) {
  const Index outer = values.size() / (n * inner);
  const auto count = static_cast<Index>(stencils.size());
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(outer * count * inner);
  for (Index block = 0; block < outer; ++block) {
    const double* from = values.data() + block * n * inner;
    double* to = result.data() + block * count * inner;
    for (const Stencil& along : stencils) {
      for (std::size_t k = 0; k < along.weights.size(); ++k) {
        const double* __restrict row = from + (along.first - lower + static_cast<Index>(k)) * inner;
        const double weight = along.weights[k];
        for (Index i = 0; i < inner; ++i) {
          to[i] += weight * row[i];
        }
      }
      to += inner;
    }
  }
  return result;
}

mesh::Box around(const std::vector<Stencil>& stencils, mesh::Box box, std::size_t d) {
  box.lower[d] = stencils.front().first;
  box.upper[d] = stencils.front().end();
  for (const Stencil& along : stencils) {
    box.lower[d] = std::min(box.lower[d], along.first);
    box.upper[d] = std::max(box.upper[d], along.end());
  }
  return box;
}

Index wrapped(Index cell, Index n) { return ((cell % n) + n) % n; }

std::vector<Stencil> stencils_at(const mesh::Grid& grid, const Eigen::VectorXd& point, int nodes) {
  std::vector<Stencil> stencils;
  for (int d = 0; d < grid.dimension() && inside(grid.axis(d), point(d)); ++d) {
    stencils.push_back(stencil(grid.axis(d), point(d), nodes));
  }
  if (static_cast<int>(stencils.size()) < grid.dimension()) {
    throw core::InternalError("interpolation outside of the mesh");
  }
  return stencils;
}

/// The lattice cut to a box of it that stencils read; the whole axis, wrapped, where they go around.
Eigen::ArrayXd rearranged(const mesh::Grid& grid, const Eigen::ArrayXd& whole, const mesh::Box& wanted) {
  mesh::Box lattice;
  lattice.upper = grid.shape();
  Eigen::ArrayXd values(wanted.cells());
  for (Index i = 0; i < wanted.cells(); ++i) {
    mesh::Cell cell = wanted.cell(i);
    for (std::size_t d = 0; d < cell.size(); ++d) {
      cell[d] = wrapped(cell[d], lattice.upper[d]);
    }
    values(i) = whole(lattice.position(cell));
  }
  return values;
}

}  // namespace

Eigen::ArrayXd interpolate(const mesh::Grid& grid, const Eigen::ArrayXd& whole, const core::BatchView& points,
                           int nodes) {
  const int dim = grid.dimension();
  mesh::Box lattice;
  lattice.upper = grid.shape();
  Eigen::ArrayXd values = Eigen::ArrayXd::Constant(points.rows(), std::numeric_limits<double>::quiet_NaN());
  for (Eigen::Index row = 0; row < points.rows(); ++row) {
    std::vector<Stencil> stencils;
    for (int d = 0; d < dim && inside(grid.axis(d), points(row, d)); ++d) {
      stencils.push_back(stencil(grid.axis(d), points(row, d), nodes));
    }
    if (static_cast<int>(stencils.size()) == dim) {
      values(row) = contract(stencils, [&](mesh::Cell cell) {
        for (std::size_t d = 0; d < cell.size(); ++d) {
          cell[d] = wrapped(cell[d], lattice.upper[d]);
        }
        return whole(lattice.position(cell));
      });
    }
  }
  return values;
}

mesh::Box interpolation_box(const mesh::Grid& grid, const mesh::Grid& other, const mesh::Box& box, int nodes) {
  mesh::Box wanted;
  if (box.cells() == 0) {
    wanted.upper = wanted.lower;
    return wanted;
  }
  for (int d = 0; d < grid.dimension(); ++d) {
    wanted = around(stencils_along(grid, other, box, d, nodes), wanted, static_cast<std::size_t>(d));
  }
  return wanted;
}

Eigen::ArrayXd interpolate(const mesh::Grid& grid, const mesh::Box& from, const Eigen::ArrayXd& values,
                           const mesh::Grid& other, const mesh::Box& box, int nodes) {
  if (box.cells() == 0) {
    return {};
  }
  Eigen::ArrayXd result = values;
  Index inner = 1;
  for (int d = grid.dimension() - 1; d >= 0; --d) {
    result = along_axis(result, inner, from.lower[static_cast<std::size_t>(d)], from.extent(d),
                        stencils_along(grid, other, box, d, nodes));
    inner *= box.extent(d);
  }
  return result;
}

Eigen::ArrayXd interpolate(const mesh::Grid& grid, const Eigen::ArrayXd& whole, const mesh::Grid& other,
                           const mesh::Box& box, int nodes) {
  const mesh::Box from = interpolation_box(grid, other, box, nodes);
  return interpolate(grid, from, rearranged(grid, whole, from), other, box, nodes);
}

mesh::Box interpolation_box(const mesh::Grid& grid, const Eigen::VectorXd& point, int nodes) {
  mesh::Box wanted;
  const std::vector<Stencil> stencils = stencils_at(grid, point, nodes);
  for (std::size_t d = 0; d < stencils.size(); ++d) {
    wanted.lower[d] = stencils[d].first;
    wanted.upper[d] = stencils[d].end();
  }
  return wanted;
}

double interpolate(const mesh::Grid& grid, const mesh::Box& from, const Eigen::ArrayXd& values,
                   const Eigen::VectorXd& point, int nodes) {
  return contract(stencils_at(grid, point, nodes), [&](const mesh::Cell& cell) { return values(from.position(cell)); });
}

}  // namespace sgdflux::observe
