#include "sgdflux/fv/generator.hpp"

#include <algorithm>

#include "fv/jump_flux.hpp"
#include "fv/limited_flux.hpp"
#include "fv/stencil.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

const Region* region_of(const Surroundings& around) { return around.region ? &*around.region : nullptr; }

FaceFlux flux_along(const Discretisation& problem, int axis, const Box& cells, const Surroundings& around) {
  const Box faces = faces_of(cells, axis);
  if (two_point(problem.scheme.flux)) {
    return fitted_flux(problem.sde, problem.grid, axis, faces, region_of(around));
  }
  FaceFlux flux = reconstructed_flux(problem.grid, problem.scheme, axis, faces, around.coefficients, around.box,
                                     problem.coupling, region_of(around));
  if (problem.troubled) {
    limit(problem, cells, region_of(around), flux);
  }
  return flux;
}

std::vector<FaceFlux> all_fluxes(const Discretisation& problem, const Box& cells, const Surroundings& around) {
  std::vector<FaceFlux> fluxes;
  for (int axis = 0; axis < problem.grid.dimension(); ++axis) {
    fluxes.push_back(flux_along(problem, axis, cells, around));
  }
  return fluxes;
}

Cell lifted(Cell offset, int axis) {
  offset[axis] += 1;
  return offset;
}

Cell cell_of(const std::array<std::int16_t, core::max_dimension>& offset) {
  Cell cell{};
  std::copy(offset.begin(), offset.end(), cell.begin());
  return cell;
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
    for (const FaceFlux::Entry& entry : flux.entries) {
      table.slot(cell_of(entry.offset));
      table.slot(lifted(cell_of(entry.offset), flux.axis));
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
  for (const FaceFlux::Entry& entry : flux.entries) {
    const Cell upper = flux.faces.cell(entry.face);
    Cell lower = upper;
    lower[static_cast<std::size_t>(flux.axis)] -= 1;
    if (slab.contains(upper)) {
      values(slab.position(upper), table.slot(cell_of(entry.offset))) += entry.weight / h;
    }
    if (slab.contains(lower)) {
      values(slab.position(lower), table.slot(lifted(cell_of(entry.offset), flux.axis))) -= entry.weight / h;
    }
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

bool jumps_along_offsets(const Discretisation& problem) {
  const auto& coupling = problem.coupling;
  return falls_back_on_monotone(problem.scheme.flux) &&
         std::any_of(coupling.begin(), coupling.end(), [](const auto& row) {
           return std::any_of(row.begin(), row.end(), [](bool coupled) { return coupled; });
         });
}

Index reach(const Discretisation& problem) {
  const Index plain = std::max<Index>(reach(problem.scheme), problem.noise.radius);
  return absorbs(problem) && !two_point(problem.scheme.flux)
             ? std::max<Index>(plain, closure_cells(half_width(problem.scheme.flux)) + 1)
             : plain;
}

void require_fit(const Scheme& scheme, const mesh::Grid& grid) {
  if (scheme.flux == Flux::exact && grid.dimension() != 1) {
    throw core::SettingsError("scheme.flux = exact is for one variable; this model has " +
                              std::to_string(grid.dimension()) + ": use monotone, limited or an order");
  }
}

Discretisation discretise(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme, const Box& owned,
                          AbsorbingSet absorbing) {
  require_fit(scheme, grid);
  Discretisation problem{sde, grid, scheme, find_coupling(sde, grid, owned), std::move(absorbing), {}, nullptr};
  problem.noise = find_noise(problem, owned);
  return problem;
}

FaceFlux face_flux(const Discretisation& problem, int axis, const Box& cells) {
  if (monotone_jumps(problem)) {
    const Box faces = faces_of(cells, axis);
    return {axis,
            faces,
            {},
            Batch(faces.cells(), 0),
            jump_flux(problem, JumpProcess(problem, cells), axis, faces, [](Index) { return true; })};
  }
  return flux_along(problem, axis, cells, surroundings(problem, cells, axis));
}

Generator generator(const Discretisation& problem, const Box& owned) {
  if (monotone_jumps(problem)) {
    return jump_generator(problem, owned);
  }
  // Offsets of limited faces differ between the pieces of a box.
  return problem.troubled ? compressed(piece(problem, owned))
                          : assembled(owned, [&](const Box& slab) { return piece(problem, slab); });
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
