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

/// ξ of the centres that a box spans along an axis; beyond periodic ends those of the cells that are meant.
Eigen::ArrayXd centres_along(const mesh::Grid& grid, const mesh::Box& box, int d) {
  const auto& axis = grid.axis(d);
  const Index n = axis.cells();
  return Eigen::ArrayXd::NullaryExpr(box.extent(d),
                                     [&](Index i) { return axis.centre((((box.lower[d] + i) % n) + n) % n); });
}

/// A number per layer of a box across an axis, at every cell.
void spread(const mesh::Box& box, int d, const Eigen::ArrayXd& along, Eigen::Ref<Eigen::ArrayXd> values) {
  const mesh::Layers view = mesh::layers(box, d);
  for (Index o = 0; o < view.outer; ++o) {
    auto block = values.segment(o * view.count * view.inner, view.count * view.inner);
    if (view.inner == 1) {
      block = along;
      continue;
    }
    for (Index i = 0; i < view.count; ++i) {
      block.segment(i * view.inner, view.inner).setConstant(along(i));
    }
  }
}

void scale(const mesh::Box& box, int d, const Eigen::ArrayXd& along, Eigen::Ref<Eigen::ArrayXd> values) {
  if ((along == 1).all()) {
    return;
  }
  const mesh::Layers view = mesh::layers(box, d);
  for (Index o = 0; o < view.outer; ++o) {
    auto block = values.segment(o * view.count * view.inner, view.count * view.inner);
    if (view.inner == 1) {
      block *= along;
      continue;
    }
    for (Index i = 0; i < view.count; ++i) {
      block.segment(i * view.inner, view.inner) *= along(i);
    }
  }
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
  for (int d = 0; d < grid.dimension(); ++d) {
    spread(box, d, centres_along(grid, box, d), xi.col(d));
  }
  return xi;
}

Eigen::ArrayXd coordinate(const mesh::Grid& grid, const mesh::Box& box, int d) {
  Eigen::ArrayXd x(box.cells());
  spread(box, d, grid.axis(d).map().physical(centres_along(grid, box, d)), x);
  return x;
}

Batch points(const mesh::Grid& grid, const mesh::Box& box, int moved, double by) {
  Batch x(box.cells(), grid.dimension());
  for (int d = 0; d < grid.dimension(); ++d) {
    const Eigen::ArrayXd xi = centres_along(grid, box, d) + (d == moved ? by : 0);
    spread(box, d, grid.axis(d).map().physical(xi), x.col(d));
  }
  return x;
}

void multiply_slopes(const mesh::Grid& grid, const mesh::Box& box, Eigen::Ref<Eigen::ArrayXd> values, int except) {
  for (int d = 0; d < grid.dimension(); ++d) {
    if (d != except) {
      scale(box, d, grid.axis(d).map().slope(centres_along(grid, box, d)), values);
    }
  }
}

void divide_slopes(const mesh::Grid& grid, const mesh::Box& box, Eigen::Ref<Eigen::ArrayXd> values, int except) {
  for (int d = 0; d < grid.dimension(); ++d) {
    if (d != except) {
      scale(box, d, 1 / grid.axis(d).map().slope(centres_along(grid, box, d)), values);
    }
  }
}

Eigen::ArrayXd jacobian(const mesh::Grid& grid, const mesh::Box& box) {
  Eigen::ArrayXd product = Eigen::ArrayXd::Ones(box.cells());
  multiply_slopes(grid, box, product);
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
