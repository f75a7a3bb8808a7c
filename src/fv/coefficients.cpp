#include "sgdflux/fv/coefficients.hpp"

#include <sstream>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

std::string point_text(const model::Sde& sde, const Batch& x, Eigen::Index row) {
  std::ostringstream text;
  text.precision(6);
  for (int d = 0; d < sde.dimension(); ++d) {
    text << (d > 0 ? ", " : "") << sde.variables()[static_cast<std::size_t>(d)] << " = " << x(row, d);
  }
  return text.str();
}

void require_finite(const model::Sde& sde, const Batch& x, const Batch& values, const char* what) {
  if (values.allFinite()) {
    return;
  }
  for (Eigen::Index row = 0; row < values.rows(); ++row) {
    for (Eigen::Index column = 0; column < values.cols(); ++column) {
      if (!std::isfinite(values(row, column))) {
        throw core::SettingsError(std::string("the ") + what + " of model " + sde.name() + " is " +
                                  (std::isnan(values(row, column)) ? "NaN" : "infinite") + " at " +
                                  point_text(sde, x, row) +
                                  ": change the formula or keep the mesh away from that point");
      }
    }
  }
}

Coefficients transform(const mesh::Grid& grid, const BatchView& xi, const Batch& b, const Batch& a) {
  const int dim = grid.dimension();
  Coefficients result{b, a};
  Batch slope(xi.rows(), dim);
  for (int d = 0; d < dim; ++d) {
    const auto& map = grid.axis(d).map();
    slope.col(d) = map.slope(xi.col(d));
    const Eigen::ArrayXd s = slope.col(d);
    result.drift.col(d) =
        b.col(d) / s - 0.5 * a.col(model::pair_index(d, d, dim)) * map.curvature(xi.col(d)) / (s * s * s);
  }
  for (int i = 0; i < dim; ++i) {
    for (int j = i; j < dim; ++j) {
      result.diffusion.col(model::pair_index(i, j, dim)) /= slope.col(i) * slope.col(j);
    }
  }
  return result;
}

}  // namespace

Batch physical(const mesh::Grid& grid, const BatchView& xi) {
  Batch x(xi.rows(), xi.cols());
  for (int d = 0; d < grid.dimension(); ++d) {
    x.col(d) = grid.axis(d).map().physical(xi.col(d));
  }
  return x;
}

Coefficients push_forward(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi) {
  const Batch x = physical(grid, xi);
  return transform(grid, xi, sde.drift(x), sde.diffusion(x));
}

Batch centres(const mesh::Grid& grid, const mesh::Box& box) {
  Batch xi(box.cells(), grid.dimension());
  Index inner = 1;
  for (int d = grid.dimension() - 1; d >= 0; --d) {
    const auto& axis = grid.axis(d);
    for (Index row = 0; row < box.cells(); ++row) {
      const Index cell = box.lower[d] + (row / inner) % box.extent(d);
      xi(row, d) = axis.centre(((cell % axis.cells()) + axis.cells()) % axis.cells());
    }
    inner *= box.extent(d);
  }
  return xi;
}

Eigen::ArrayXd jacobian(const mesh::Grid& grid, const mesh::Box& box) {
  const Batch xi = centres(grid, box);
  Eigen::ArrayXd product = Eigen::ArrayXd::Ones(xi.rows());
  for (int d = 0; d < grid.dimension(); ++d) {
    product *= grid.axis(d).map().slope(xi.col(d));
  }
  return product;
}

Coefficients finite_coefficients(const model::Sde& sde, const mesh::Grid& grid, const BatchView& xi) {
  const Batch x = physical(grid, xi);
  const Batch b = sde.drift(x);
  const Batch a = sde.diffusion(x);
  require_finite(sde, x, b, "drift");
  require_finite(sde, x, a, "noise");
  return transform(grid, xi, b, a);
}

Coefficients cell_coefficients(const model::Sde& sde, const mesh::Grid& grid, const mesh::Box& box) {
  return finite_coefficients(sde, grid, centres(grid, box));
}

}  // namespace sgdflux::fv
