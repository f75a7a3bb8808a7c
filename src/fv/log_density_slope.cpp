#include "fv/log_density_slope.hpp"

#include <Eigen/Eigenvalues>
#include <boost/math/quadrature/gauss.hpp>

#include "sgdflux/fv/weights.hpp"

namespace sgdflux::fv {
namespace {

constexpr double step_in_cells = 0.04;  ///< of the differences: below, rounding costs more than the order gains
constexpr int difference_half_width = 4;
constexpr double negligible = 1e-10;  ///< eigenvalues relative to the largest

/// Whether every row of the noise is the same: then its divergence is 0.
bool constant(const Batch& diffusion) {
  return diffusion.rows() == 0 || (diffusion.rowwise() - diffusion.row(0) == 0).all();
}

/// Σ_j ∂_j A_ij, n × dimension.
Batch divergence(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi) {
  const int dim = grid.dimension();
  const auto& weights = derivative_weights(difference_half_width);
  Batch sum = Batch::Zero(xi.rows(), dim);
  for (int j = 0; j < dim; ++j) {
    const double step = step_in_cells * grid.axis(j).spacing();
    for (int k = 1; k <= difference_half_width; ++k) {
      for (const int side : {1, -1}) {
        Batch moved = xi;
        moved.col(j) += side * k * step;
        const Batch a = finite_coefficients(sde, grid, moved).diffusion;
        for (int i = 0; i < dim; ++i) {
          sum.col(i) += side * weights[static_cast<std::size_t>(k - 1)] / step * a.col(model::pair_index(i, j, dim));
        }
      }
    }
  }
  return sum;
}

using Spectrum = Eigen::SelfAdjointEigenSolver<LatticeTensor>;

}  // namespace

LatticeTensor lattice_tensor(const mesh::Grid& grid, const Coefficients& at, Index row) {
  const int dim = grid.dimension();
  LatticeTensor tensor(dim, dim);
  for (int i = 0; i < dim; ++i) {
    for (int j = 0; j < dim; ++j) {
      tensor(i, j) =
          at.diffusion(row, model::pair_index(i, j, dim)) / (grid.axis(i).spacing() * grid.axis(j).spacing());
    }
  }
  return tensor;
}

Batch lattice_drift(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi, const Coefficients& at) {
  Batch drift = at.drift;
  if (!constant(at.diffusion)) {
    drift -= 0.5 * divergence(sde, grid, xi);
  }
  for (int d = 0; d < grid.dimension(); ++d) {
    drift.col(d) /= grid.axis(d).spacing();
  }
  return drift;
}

LatticeVector log_density_slope(const LatticeTensor& tensor, const LatticeVector& drift) {
  const Spectrum spectrum(tensor);
  const double largest = spectrum.eigenvalues().maxCoeff();
  LatticeVector slope = LatticeVector::Zero(drift.size());
  for (Eigen::Index k = 0; k < drift.size(); ++k) {
    const double value = spectrum.eigenvalues()(k);
    if (value > negligible * largest) {
      const auto direction = spectrum.eigenvectors().col(k);
      slope += direction * (2 * direction.dot(drift) / value);
    }
  }
  return slope;
}

Batch log_density_slopes(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi) {
  const Coefficients at = finite_coefficients(sde, grid, xi);
  const Batch drift = lattice_drift(sde, grid, xi, at);
  Batch slopes(xi.rows(), xi.cols());
  for (Index row = 0; row < xi.rows(); ++row) {
    slopes.row(row) = log_density_slope(lattice_tensor(grid, at, row), drift.row(row).transpose().matrix()).transpose();
  }
  return slopes;
}

Eigen::ArrayXd edge_exponents(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi, int axis) {
  using Gauss = boost::math::quadrature::gauss<double, 10>;
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(xi.rows());
  for (std::size_t g = 0; g < Gauss::abscissa().size(); ++g) {
    for (const int side : {-1, 1}) {
      Batch node = xi;
      node.col(axis) += 0.5 * (1 + side * Gauss::abscissa()[g]) * grid.axis(axis).spacing();
      sum += 0.5 * Gauss::weights()[g] * log_density_slopes(sde, grid, node).col(axis);
    }
  }
  return sum;
}

bool singular(const LatticeTensor& tensor) {
  const auto eigenvalues = Spectrum(tensor, Eigen::EigenvaluesOnly).eigenvalues();
  return !(eigenvalues.minCoeff() > negligible * eigenvalues.maxCoeff());
}

}  // namespace sgdflux::fv
