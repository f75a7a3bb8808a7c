#include "fv/stencil.hpp"

#include <algorithm>

namespace sgdflux::fv {
namespace {

using mesh::Box;

/// Cells whose coefficients are held at once while a generator is assembled: bounds the memory of assembly.
constexpr Index slab_cells = 1 << 16;

using Directions = std::array<bool, core::max_dimension>;
constexpr Directions everywhere{true, true, true, true};

/// `box` widened for coefficients, cut at the walls but not at periodic ends.
Box neighbourhood(const mesh::Grid& grid, Box box, Index width, const Directions& directions) {
  for (int d = 0; d < grid.dimension(); ++d) {
    if (!directions[static_cast<std::size_t>(d)]) {
      continue;
    }
    const auto& axis = grid.axis(d);
    box.lower[d] = axis.periodic() ? box.lower[d] - width : std::max<Index>(0, box.lower[d] - width);
    box.upper[d] = axis.periodic() ? box.upper[d] + width : std::min(axis.cells(), box.upper[d] + width);
  }
  return box;
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

/// Two-point fluxes along axes sample the model on their own edges.
bool reads_neighbours(const Discretisation& problem) {
  return !two_point(problem.scheme.flux) || jumps_along_offsets(problem);
}

Surroundings surroundings_along(const Discretisation& problem, const Box& cells, const Directions& directions) {
  if (!absorbs(problem)) {
    const Box box = neighbourhood(problem.grid, cells, reads_neighbours(problem) ? reach(problem) : 0, directions);
    return {box, {}, cell_coefficients(problem.sde, problem.grid, box)};
  }
  Surroundings result{neighbourhood(problem.grid, cells, reach(problem), everywhere), {}, {}};
  result.region.emplace(problem.grid, problem.absorbing, result.box);
  result.coefficients = result.region->coefficients(problem.sde);
  return result;
}

}  // namespace

Surroundings surroundings(const Discretisation& problem, const Box& cells) {
  return surroundings_along(problem, cells, everywhere);
}

Surroundings surroundings(const Discretisation& problem, const Box& cells, int axis) {
  Directions directions = problem.coupling[static_cast<std::size_t>(axis)];
  directions[static_cast<std::size_t>(axis)] = true;
  return surroundings_along(problem, cells, directions);
}

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

Eigen::Index OffsetTable::slot(const mesh::Cell& offset) {
  const auto [at, fresh] = slots_.try_emplace(offset, static_cast<Eigen::Index>(offsets.size()));
  if (fresh) {
    offsets.push_back(offset);
  }
  return at->second;
}

Generator assembled(const Box& owned, const std::function<Generator(const Box&)>& piece) {
  Generator result{owned, {}, {}};
  for (const Box& slab : slabs(owned)) {
    const Generator part = piece(slab);
    if (result.offsets.empty()) {
      result.offsets = part.offsets;
      result.values.resize(owned.cells(), part.values.cols());
    }
    result.values.middleRows(owned.position(slab.cell(0)), slab.cells()) = part.values;
  }
  return compressed(result);
}

}  // namespace sgdflux::fv
