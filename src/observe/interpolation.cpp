#include "sgdflux/observe/interpolation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace sgdflux::observe {
namespace {

using core::Index;

/// Cells of one axis and their Lagrange weights at a point.
struct Stencil {
  std::vector<Index> cells;
  std::vector<double> weights;
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
  Stencil result{{}, lagrange(position - static_cast<double>(first), count)};
  for (Index k = 0; k < count; ++k) {
    result.cells.push_back((first + k + n) % n);
  }
  return result;
}

/// Σ over the tensor product of the stencils, one per axis.
double contract(const mesh::Box& lattice, const Eigen::ArrayXd& whole, const std::vector<Stencil>& stencils) {
  std::size_t count = 1;
  for (const Stencil& along : stencils) {
    count *= along.cells.size();
  }
  double sum = 0;
  for (std::size_t entry = 0; entry < count; ++entry) {
    mesh::Cell cell{};
    double weight = 1;
    std::size_t rest = entry;
    for (std::size_t d = 0; d < stencils.size() && d < cell.size(); ++d) {
      const std::size_t k = rest % stencils[d].cells.size();
      rest /= stencils[d].cells.size();
      cell[d] = stencils[d].cells[k];
      weight *= stencils[d].weights[k];
    }
    sum += weight * whole(lattice.position(cell));
  }
  return sum;
}

/// `values` of shape outer × n × inner with the middle index replaced by the points of the stencils.
Eigen::ArrayXd along_axis(const Eigen::ArrayXd& values, Index inner, Index n, const std::vector<Stencil>& stencils) {
  const Index outer = values.size() / (n * inner);
  const auto count = static_cast<Index>(stencils.size());
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(outer * count * inner);
  for (Index block = 0; block < outer; ++block) {
    for (Index point = 0; point < count; ++point) {
      const Stencil& along = stencils[static_cast<std::size_t>(point)];
      auto target = result.segment((block * count + point) * inner, inner);
      for (std::size_t k = 0; k < along.cells.size(); ++k) {
        target += along.weights[k] * values.segment((block * n + along.cells[k]) * inner, inner);
      }
    }
  }
  return result;
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
      values(row) = contract(lattice, whole, stencils);
    }
  }
  return values;
}

Eigen::ArrayXd interpolate(const mesh::Grid& grid, const Eigen::ArrayXd& whole, const mesh::Grid& other,
                           const mesh::Box& box, int nodes) {
  Eigen::ArrayXd values = whole;
  Index inner = 1;
  for (int d = grid.dimension() - 1; d >= 0; --d) {
    const Eigen::ArrayXd centres = other.axis(d).centres();
    std::vector<Stencil> stencils;
    for (Index i = box.lower[static_cast<std::size_t>(d)]; i < box.upper[static_cast<std::size_t>(d)]; ++i) {
      stencils.push_back(stencil(grid.axis(d), centres(i), nodes));
    }
    values = along_axis(values, inner, grid.axis(d).cells(), stencils);
    inner *= box.extent(d);
  }
  return values;
}

}  // namespace sgdflux::observe
