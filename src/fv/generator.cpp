#include "sgdflux/fv/generator.hpp"

#include <algorithm>

#include "fv/stencil.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

FaceFlux flux_of(const Discretisation& problem, int axis, const Box& faces, const Surroundings& around) {
  const Region* region = around.region ? &*around.region : nullptr;
  return two_point(problem.scheme.flux) ? fitted_flux(problem.sde, problem.grid, axis, faces, region)
                                        : reconstructed_flux(problem.grid, problem.scheme, axis, faces,
                                                             around.coefficients, around.box, problem.coupling, region);
}

std::vector<FaceFlux> all_fluxes(const Discretisation& problem, const Box& cells, const Surroundings& around) {
  std::vector<FaceFlux> fluxes;
  for (int axis = 0; axis < problem.grid.dimension(); ++axis) {
    fluxes.push_back(flux_of(problem, axis, faces_of(cells, axis), around));
  }
  return fluxes;
}

Cell lifted(Cell offset, int axis) {
  offset[axis] += 1;
  return offset;
}

/// The row pattern that the fluxes of one cell lead to; the diagonal first.
OffsetTable pattern(const std::vector<FaceFlux>& fluxes) {
  OffsetTable table;
  table.slot({});
  for (const FaceFlux& flux : fluxes) {
    for (const Cell& offset : flux.offsets) {
      table.slot(offset);
      table.slot(lifted(offset, flux.axis));
    }
  }
  return table;
}

/// Rows of `faces` that lie below (shift 0) or above (shift 1) each cell of `cells`.
Eigen::ArrayXi face_rows(const Box& cells, const Box& faces, int axis, int shift) {
  Eigen::ArrayXi rows(cells.cells());
  for (Index c = 0; c < cells.cells(); ++c) {
    Cell face = cells.cell(c);
    face[axis] += shift;
    rows(c) = static_cast<int>(faces.position(face));
  }
  return rows;
}

/// values(rows of the slab) += (inflow below − outflow above)/h.
void add_divergence(const FaceFlux& flux, const Box& slab, double h, OffsetTable& table, Batch& values) {
  const Eigen::ArrayXi below = face_rows(slab, flux.faces, flux.axis, 0);
  const Eigen::ArrayXi above = face_rows(slab, flux.faces, flux.axis, 1);
  for (std::size_t k = 0; k < flux.offsets.size(); ++k) {
    const Eigen::ArrayXd weights = flux.weights.col(static_cast<Eigen::Index>(k)) / h;
    values.col(table.slot(flux.offsets[k])) += weights(below);
    values.col(table.slot(lifted(flux.offsets[k], flux.axis))) -= weights(above);
  }
}

/// Rows of a piece of the box.
Generator piece(const Discretisation& problem, const Box& slab) {
  const Surroundings around = surroundings(problem, slab);
  const std::vector<FaceFlux> fluxes = all_fluxes(problem, slab, around);
  OffsetTable table = pattern(fluxes);
  Batch values = Batch::Zero(slab.cells(), static_cast<Eigen::Index>(table.offsets.size()));
  for (const FaceFlux& flux : fluxes) {
    add_divergence(flux, slab, problem.grid.axis(flux.axis).spacing(), table, values);
  }
  for (Index row = 0; around.region && row < slab.cells(); ++row) {
    if (!around.region->active(slab.cell(row))) {
      values.row(row).setZero();
    }
  }
  return {slab, table.offsets, std::move(values)};
}

}  // namespace

Box faces_of(const Box& cells, int axis) {
  Box faces = cells;
  if (cells.cells() > 0) {
    faces.upper[axis] += 1;
  }
  return faces;
}

bool absorbs(const Discretisation& problem) {
  const auto& axes = problem.grid.axes();
  return problem.absorbing || std::any_of(axes.begin(), axes.end(), [](const mesh::Axis& axis) {
           return axis.spec().lower == mesh::Boundary::absorbing || axis.spec().upper == mesh::Boundary::absorbing;
         });
}

Index reach(const Discretisation& problem) {
  const Index plain = reach(problem.scheme);
  return absorbs(problem) && !two_point(problem.scheme.flux)
             ? std::max<Index>(plain, closure_cells(half_width(problem.scheme.flux)) + 1)
             : plain;
}

Discretisation discretise(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme, const Box& owned,
                          AbsorbingSet absorbing) {
  if (scheme.flux == Flux::exact && grid.dimension() != 1) {
    throw core::SettingsError("scheme.flux = exact is for one variable; this model has " +
                              std::to_string(grid.dimension()) + ": use order2, order4, order6, order8 or monotone");
  }
  Discretisation problem{sde, grid, scheme, find_coupling(sde, grid, owned), std::move(absorbing)};
  for (int i = 0; i < grid.dimension(); ++i) {
    for (int j = 0; j < i && scheme.flux == Flux::monotone; ++j) {
      if (problem.coupling[i][j]) {
        throw core::SettingsError("scheme.flux = monotone needs uncorrelated noise, but " +
                                  sde.variables()[static_cast<std::size_t>(j)] + " and " +
                                  sde.variables()[static_cast<std::size_t>(i)] +
                                  " share a Wiener process: use order2, order4, order6 or order8");
      }
    }
  }
  return problem;
}

FaceFlux face_flux(const Discretisation& problem, int axis, const Box& cells) {
  return flux_of(problem, axis, faces_of(cells, axis), surroundings(problem, cells));
}

Generator generator(const Discretisation& problem, const Box& owned) {
  return assembled(owned, [&](const Box& slab) { return piece(problem, slab); });
}

GeneratorAudit audit(const Generator& generator) {
  GeneratorAudit result;
  if (generator.values.size() == 0) {
    return result;
  }
  result.largest_diagonal = generator.values.col(0).abs().maxCoeff();
  if (generator.values.cols() > 1) {
    result.most_negative = std::min(0., generator.values.rightCols(generator.values.cols() - 1).minCoeff());
  }
  return result;
}

}  // namespace sgdflux::fv
