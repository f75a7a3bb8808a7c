#include "sgdflux/solve/matrix_free.hpp"

#include <exception>
#include <optional>
#include <vector>

#include "sgdflux/la/session.hpp"

namespace sgdflux::solve {
namespace {

using mesh::Box;

/// The cells of `outer` that are not in `inner`, a part of it, as boxes that do not overlap.
std::vector<Box> around(Box outer, const Box& inner, int dimension) {
  if (inner.cells() == 0) {
    return {outer};
  }
  std::vector<Box> rest;
  for (std::size_t d = 0; d < static_cast<std::size_t>(dimension); ++d) {
    Box below = outer;
    Box above = outer;
    below.upper[d] = inner.lower[d];
    above.lower[d] = inner.upper[d];
    for (const Box& side : {below, above}) {
      if (side.cells() > 0) {
        rest.push_back(side);
      }
    }
    outer.lower[d] = inner.lower[d];
    outer.upper[d] = inner.upper[d];
  }
  return rest;
}

fv::FluxOperator make_operator(MPI_Comm comm, const fv::Discretisation& problem, const Box& owned) {
  std::optional<fv::FluxOperator> result;
  la::guard(comm, [&] { result.emplace(problem, owned); });
  return std::move(*result);
}

}  // namespace

struct MatrixFree::Shell {
  Box owned;
  fv::FluxOperator fluxes;
  la::Ghosts ghosts;
  Eigen::ArrayXd field;
  Eigen::ArrayXd rates;
  std::vector<Box> outer;
  long applications = 0;
  la::Matrix matrix;

  Shell(MPI_Comm comm, const fv::Discretisation& problem, const mesh::Partition& partition)
      : owned(partition.owned(la::rank(comm))),
        fluxes(make_operator(comm, problem, owned)),
        ghosts(comm, la::decomposition(problem.grid, partition), fluxes.width(), fluxes.corners()),
        field(ghosts.field()),
        rates(fluxes.rates()),
        outer(around(owned, fluxes.inner(), problem.grid.dimension())) {
    const auto local = static_cast<PetscInt>(owned.cells());
    la::check(MatCreateShell(comm, local, local, PETSC_DETERMINE, PETSC_DETERMINE, this, matrix.out()));
    la::check(MatShellSetOperation(matrix.get(), MATOP_MULT, reinterpret_cast<void (*)()>(multiply)));
    la::check(
        MatShellSetOperation(matrix.get(), MATOP_MULT_TRANSPOSE, reinterpret_cast<void (*)()>(multiply_transpose)));
  }

  /// apply(field, y, cells) for the inner cells while borders are on their way, then for the others.
  template <class Apply>
  void overlapped(const double* x, double* y, const Apply& apply) {
    ++applications;
    ghosts.insert(x, field.data());
    ghosts.begin(field.data());
    apply(field.data(), y, fluxes.inner());
    ghosts.end();
    for (const Box& cells : outer) {
      apply(field.data(), y, cells);
    }
  }

  template <class Apply>
  static PetscErrorCode run(Mat shell, Vec x, Vec y, const Apply& apply) noexcept {
    Shell* self = nullptr;
    const PetscScalar* from = nullptr;
    PetscScalar* to = nullptr;
    PetscFunctionBegin;
    PetscCall(MatShellGetContext(shell, &self));
    PetscCall(VecGetArrayRead(x, &from));
    PetscCall(VecGetArrayWrite(y, &to));
    self->overlapped(from, to, [&](const double* in, double* out, const Box& cells) {
      if (cells.cells() > 0) {
        apply(self->fluxes, in, out, cells);
      }
    });
    PetscCall(VecRestoreArrayWrite(y, &to));
    PetscCall(VecRestoreArrayRead(x, &from));
    PetscFunctionReturn(0);
  }
  static PetscErrorCode multiply(Mat shell, Vec x, Vec y) noexcept {
    return run(shell, x, y, [](const fv::FluxOperator& fluxes, const double* in, double* out, const Box& cells) {
      fluxes.apply(in, out, cells);
    });
  }
  static PetscErrorCode multiply_transpose(Mat shell, Vec x, Vec y) noexcept {
    return run(shell, x, y, [](const fv::FluxOperator& fluxes, const double* in, double* out, const Box& cells) {
      fluxes.apply_transpose(in, out, cells);
    });
  }
};

MatrixFree::MatrixFree(MPI_Comm comm, const fv::Discretisation& problem, const mesh::Partition& partition)
    : shell_(std::make_unique<Shell>(comm, problem, partition)) {}
MatrixFree::~MatrixFree() = default;

Mat MatrixFree::matrix() const { return shell_->matrix.get(); }
const Eigen::ArrayXd& MatrixFree::rates() const { return shell_->rates; }
long MatrixFree::applications() const { return shell_->applications; }
const la::Traffic& MatrixFree::traffic() const { return shell_->ghosts.traffic(); }
double MatrixFree::bytes() const {
  return shell_->fluxes.bytes() + 8. * static_cast<double>(shell_->field.size() + shell_->rates.size());
}

}  // namespace sgdflux::solve
