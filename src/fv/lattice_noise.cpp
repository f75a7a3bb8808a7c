#include "fv/lattice_noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sgdflux::fv {
namespace {

using mesh::Cell;

constexpr Index largest_radius = 100;
constexpr Index cells_per_radius = 4;
/// Sampled loops per axis, by dimension.
constexpr std::array<Index, core::max_dimension> samples{1, 12, 6, 4};
/// Sum of the exponents around a loop, relative to the sum of their sizes, and absolute.
constexpr double closed_relative = 1e-7;
constexpr double closed_absolute = 1e-8;

/// ξ of the lower corners of sampled loops of four neighbouring centres.
Batch sampled_corners(const mesh::Grid& grid) {
  const int dim = grid.dimension();
  mesh::Box box;
  for (int d = 0; d < dim; ++d) {
    box.upper[static_cast<std::size_t>(d)] =
        std::min(samples[static_cast<std::size_t>(dim - 1)], grid.axis(d).cells() - 1);
  }
  Batch xi(box.cells(), dim);
  for (Index row = 0; row < box.cells(); ++row) {
    for (int d = 0; d < dim; ++d) {
      const Index count = box.extent(d);
      const Index cell = box.cell(row)[static_cast<std::size_t>(d)] * (grid.axis(d).cells() - 1) / count;
      xi(row, d) = grid.axis(d).centre(cell);
    }
  }
  return xi;
}

Batch shifted(const mesh::Grid& grid, Batch xi, int axis) {
  xi.col(axis) += grid.axis(axis).spacing();
  return xi;
}

/// Whether the exponents around the loops in the plane of two axes add up to zero.
bool loops_close(const Discretisation& problem, const Batch& corners, int i, int j) {
  const auto exponents = [&](const Batch& xi, int axis) { return edge_exponents(problem.sde, problem.grid, xi, axis); };
  const Eigen::ArrayXd lower = exponents(corners, i);
  const Eigen::ArrayXd right = exponents(shifted(problem.grid, corners, i), j);
  const Eigen::ArrayXd upper = exponents(shifted(problem.grid, corners, j), i);
  const Eigen::ArrayXd left = exponents(corners, j);
  const Eigen::ArrayXd size = lower.abs() + right.abs() + upper.abs() + left.abs();
  return ((lower + right - upper - left).abs() <= closed_relative * size + closed_absolute).all();
}

bool regular(const Discretisation& problem, const Batch& points) {
  const Coefficients at = finite_coefficients(problem.sde, problem.grid, points);
  for (Index row = 0; row < points.rows(); ++row) {
    if (singular(lattice_tensor(problem.grid, at, row))) {
      return false;
    }
  }
  return true;
}

bool is_balanced(const Discretisation& problem) {
  const Batch corners = sampled_corners(problem.grid);
  if (absorbs(problem) || !regular(problem, corners)) {
    return false;
  }
  for (int i = 0; i < problem.grid.dimension(); ++i) {
    for (int j = i + 1; j < problem.grid.dimension(); ++j) {
      if (!loops_close(problem, corners, i, j)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

LatticeLimits lattice_limits(const mesh::Grid& grid) {
  LatticeLimits limits;
  for (int d = 0; d < grid.dimension(); ++d) {
    limits.radius[static_cast<std::size_t>(d)] =
        static_cast<int>(std::clamp<Index>(grid.axis(d).cells() / cells_per_radius, 1, largest_radius));
  }
  return limits;
}

const LatticeTerms& CellDecomposition::of(const LatticeTensor& tensor) {
  if (tensor_.size() == 0 || tensor != tensor_) {
    terms_ = decompose(tensor, limits_);
    tensor_ = tensor;
  }
  return terms_;
}

LatticeNoise find_noise(const Discretisation& problem, const mesh::Box& owned) {
  LatticeNoise noise;
  if (!falls_back_on_monotone(problem.scheme.flux) || problem.grid.dimension() == 1) {
    return noise;
  }
  noise.balanced = is_balanced(problem);
  if (!jumps_along_offsets(problem)) {
    return noise;
  }
  CellDecomposition cells(problem.grid);
  const Coefficients at = push_forward(problem.sde, problem.grid, centres(problem.grid, owned));
  for (Index row = 0; row < owned.cells(); ++row) {
    const LatticeTensor tensor = lattice_tensor(problem.grid, at, row);
    if (tensor.allFinite()) {
      noise.balanced = noise.balanced && !singular(tensor);
      const LatticeTerms& terms = cells.of(tensor);
      noise.radius = std::max(noise.radius, terms.radius);
      noise.floor = std::max(noise.floor, terms.floor);
    }
  }
  return noise;
}

}  // namespace sgdflux::fv
