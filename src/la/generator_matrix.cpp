#include "sgdflux/la/generator_matrix.hpp"

#include <limits>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using mesh::Cell;

/// Whether `cell` is in the lattice, up to periodic wrapping.
bool in_lattice(const mesh::Grid& grid, const Cell& cell) {
  for (int d = 0; d < grid.dimension(); ++d) {
    if (!grid.axis(d).periodic() && (cell[d] < 0 || cell[d] >= grid.axis(d).cells())) {
      return false;
    }
  }
  return true;
}

/// Calls visit(row, slot, cell) for every stencil entry inside the lattice, row by row.
template <class Visit>
void for_each_entry(const mesh::Grid& grid, const StencilRows& rows, const Visit& visit) {
  for (Index row = 0; row < rows.cells.cells(); ++row) {
    const Cell cell = rows.cells.cell(row);
    for (std::size_t k = 0; k < rows.offsets.size(); ++k) {
      Cell neighbour = cell;
      for (int d = 0; d < grid.dimension(); ++d) {
        neighbour[d] += rows.offsets[k][d];
      }
      if (in_lattice(grid, neighbour)) {
        visit(row, static_cast<Eigen::Index>(k), neighbour);
      }
    }
  }
}

bool diagonal(const Cell& offset) { return offset == Cell{}; }

}  // namespace

Matrix create_matrix(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition, const StencilRows& rows) {
  const Index first = partition.offset(rank(comm));
  std::vector<PetscInt> row_numbers;
  std::vector<PetscInt> column_numbers;
  const auto entries = static_cast<std::size_t>(rows.cells.cells()) * rows.offsets.size();
  row_numbers.reserve(entries);
  column_numbers.reserve(entries);
  for_each_entry(grid, rows, [&](Index row, Eigen::Index, const Cell& neighbour) {
    row_numbers.push_back(static_cast<PetscInt>(first + row));
    column_numbers.push_back(static_cast<PetscInt>(partition.number(partition.wrapped(neighbour))));
  });
  Matrix matrix;
  check(MatCreate(comm, matrix.out()));
  const auto local = static_cast<PetscInt>(rows.cells.cells());
  check(MatSetSizes(matrix.get(), local, local, PETSC_DETERMINE, PETSC_DETERMINE));
  check(MatSetType(matrix.get(), MATAIJ));
  check(MatSetPreallocationCOO(matrix.get(), static_cast<PetscCount>(row_numbers.size()), row_numbers.data(),
                               column_numbers.data()));
  fill(matrix.get(), grid, rows);
  return matrix;
}

void fill(Mat matrix, const mesh::Grid& grid, const StencilRows& rows) {
  std::vector<PetscScalar> values;
  values.reserve(static_cast<std::size_t>(rows.cells.cells()) * rows.offsets.size());
  for_each_entry(grid, rows, [&](Index row, Eigen::Index k, const Cell&) {
    const double shift = diagonal(rows.offsets[static_cast<std::size_t>(k)]) ? rows.shift : 0;
    values.push_back(rows.scale * rows.values(row, k) + shift);
  });
  check(MatSetValuesCOO(matrix, values.data(), INSERT_VALUES));
}

}  // namespace sgdflux::la
