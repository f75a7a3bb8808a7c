#pragma once
/// Brownian motion that is absorbed at the faces of the cells out of play, discretised by hand.
#include "numerics.hpp"
#include "sgdflux/solve/absorbed.hpp"

namespace sgdflux::test {

/// Cells of `box` with their centre inside ]0, 1[ along every axis.
inline solve::ActiveCells unit_cube(const mesh::Grid& grid, const mesh::Box& box) {
  const core::Batch x = fv::physical(grid, fv::centres(grid, box));
  return ((x > 0) && (x < 1)).rowwise().all();
}

/// ½Δ on the unit cube with the value −P beyond its faces (second order); rows and columns of zeros elsewhere.
inline fv::Generator absorbed_brownian(const mesh::Grid& grid, const mesh::Box& box) {
  fv::Generator g{box, {{}}, core::Batch::Zero(box.cells(), 1 + 2 * grid.dimension())};
  const solve::ActiveCells active = unit_cube(grid, box);
  for (int d = 0; d < grid.dimension(); ++d) {
    for (const int side : {-1, 1}) {
      mesh::Cell offset{};
      offset[d] = side;
      g.offsets.push_back(offset);
      for (Index i = 0; i < box.cells(); ++i) {
        mesh::Cell neighbour = box.cell(i);
        neighbour[d] += side;
        mesh::Box one{neighbour, neighbour};
        for (mesh::Index& end : one.upper) {
          ++end;
        }
        const double rate = active(i) ? 0.5 / std::pow(grid.axis(d).spacing(), 2) : 0;
        const bool inside = unit_cube(grid, one)(0);
        g.values(i, 0) -= inside ? rate : 2 * rate;
        g.values(i, static_cast<Eigen::Index>(g.offsets.size()) - 1) = inside ? rate : 0;
      }
    }
  }
  return g;
}

}  // namespace sgdflux::test
