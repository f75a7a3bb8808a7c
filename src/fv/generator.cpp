#include "sgdflux/fv/generator.hpp"

#include <algorithm>
#include <map>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

/// Cells whose coefficients are held at once while a generator is assembled: bounds the memory of assembly.
constexpr Index slab_cells = 1 << 16;

/// `box` widened for coefficients, cut at the walls but not at periodic ends.
Box neighbourhood(const mesh::Grid& grid, Box box, Index width) {
  for (int d = 0; d < grid.dimension(); ++d) {
    const auto& axis = grid.axis(d);
    box.lower[d] = axis.periodic() ? box.lower[d] - width : std::max<Index>(0, box.lower[d] - width);
    box.upper[d] = axis.periodic() ? box.upper[d] + width : std::min(axis.cells(), box.upper[d] + width);
  }
  return box;
}

std::vector<FaceFlux> all_fluxes(const Discretisation& problem, const Box& cells) {
  const auto& grid = problem.grid;
  const Box around = neighbourhood(grid, cells, two_point(problem.scheme.flux) ? 0 : reach(problem.scheme));
  const Coefficients coefficients = cell_coefficients(problem.sde, grid, around);
  std::vector<FaceFlux> fluxes;
  for (int axis = 0; axis < grid.dimension(); ++axis) {
    const Box faces = faces_of(cells, axis);
    fluxes.push_back(two_point(problem.scheme.flux) ? fitted_flux(problem.sde, grid, axis, faces)
                                                    : reconstructed_flux(grid, problem.scheme, axis, faces,
                                                                         coefficients, around, problem.coupling));
  }
  return fluxes;
}

/// Slots of cell offsets in the rows of a generator, in order of first use.
class OffsetTable {
 public:
  Eigen::Index slot(const Cell& offset) {
    const auto [at, fresh] = slots_.try_emplace(offset, static_cast<Eigen::Index>(offsets.size()));
    if (fresh) {
      offsets.push_back(offset);
    }
    return at->second;
  }
  std::vector<Cell> offsets;

 private:
  std::map<Cell, Eigen::Index> slots_;
};

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

/// `box` cut along axis 0 into pieces of about slab_cells.
std::vector<Box> slabs(const Box& box) {
  const Index layer = std::max<Index>(1, box.cells() / std::max<Index>(1, box.extent(0)));
  const Index thickness = std::max<Index>(1, slab_cells / layer);
  std::vector<Box> pieces;
  for (Index lower = box.lower[0]; lower < box.upper[0]; lower += thickness) {
    Box piece = box;
    piece.lower[0] = lower;
    piece.upper[0] = std::min(box.upper[0], lower + thickness);
    pieces.push_back(piece);
  }
  return pieces;
}

/// Without the offsets that no row uses (damping where there is noise, say): solvers pay for every entry, zero or not.
Generator compressed(const Generator& full) {
  Generator result{full.cells, {}, {}};
  std::vector<Eigen::Index> used;
  for (Eigen::Index k = 0; k < full.values.cols(); ++k) {
    if (k == 0 || (full.values.col(k) != 0).any()) {
      used.push_back(k);
      result.offsets.push_back(full.offsets[static_cast<std::size_t>(k)]);
    }
  }
  result.values = full.values(Eigen::all, used);
  return result;
}

}  // namespace

Box faces_of(const Box& cells, int axis) {
  Box faces = cells;
  if (cells.cells() > 0) {
    faces.upper[axis] += 1;
  }
  return faces;
}

Discretisation discretise(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme, const Box& owned) {
  if (scheme.flux == Flux::exact && grid.dimension() != 1) {
    throw core::SettingsError("scheme.flux = exact is for one variable; this model has " +
                              std::to_string(grid.dimension()) + ": use order2, order4, order6, order8 or monotone");
  }
  Discretisation problem{sde, grid, scheme, find_coupling(sde, grid, owned)};
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
  if (two_point(problem.scheme.flux)) {
    return fitted_flux(problem.sde, problem.grid, axis, faces_of(cells, axis));
  }
  const Box around = neighbourhood(problem.grid, cells, reach(problem.scheme));
  return reconstructed_flux(problem.grid, problem.scheme, axis, faces_of(cells, axis),
                            cell_coefficients(problem.sde, problem.grid, around), around, problem.coupling);
}

Generator generator(const Discretisation& problem, const Box& owned) {
  Generator result{owned, {}, {}};
  for (const Box& slab : slabs(owned)) {
    const std::vector<FaceFlux> fluxes = all_fluxes(problem, slab);
    OffsetTable table = pattern(fluxes);
    Batch values = Batch::Zero(slab.cells(), static_cast<Eigen::Index>(table.offsets.size()));
    for (const FaceFlux& flux : fluxes) {
      add_divergence(flux, slab, problem.grid.axis(flux.axis).spacing(), table, values);
    }
    if (result.offsets.empty()) {
      result.offsets = table.offsets;
      result.values.resize(owned.cells(), values.cols());
    }
    result.values.middleRows(owned.position(slab.cell(0)), slab.cells()) = values;
  }
  return compressed(result);
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
