#include "sgdflux/solve/absorbed.hpp"

#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "start_vector.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

/// Relative size of the refinement's correction from which on the solution is noise: LU's relative error is as large.
constexpr double singular_correction = 1e-2;
constexpr double standstill = 1e-13;  ///< relative L¹ change of the leading vector
constexpr double accepted_change = 1e-9;
constexpr int most_iterations = 2000;

/// D^{-1/2}, D the rates Σ_k|L_ck| of the cells; 1 for a cell out of play.
Array scale_of(const fv::Generator& op, const ActiveCells& active) {
  const Array rates = op.values.abs().rowwise().sum();
  return (active && rates > 0).select(rates, Array::Ones(rates.size())).rsqrt();
}

/// D^{-1/2} L D^{-1/2}, with rows of the identity for the cells out of play. Neighbours have similar rates, so that all
/// entries are of order 1 for forward operators (large columns) and backward ones (large rows) alike.
la::Matrix scaled(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition, const fv::Generator& op,
                  const ActiveCells& active, const Array& scale) {
  la::Matrix matrix = la::create_matrix(comm, grid, partition, {op.cells, op.offsets, op.values});
  PetscInt first = 0;
  la::check(MatGetOwnershipRange(matrix.get(), &first, nullptr));
  std::vector<PetscInt> out;
  for (Eigen::Index i = 0; i < active.size(); ++i) {
    if (!active(i)) {
      out.push_back(first + static_cast<PetscInt>(i));
    }
  }
  const la::Vector diagonal = la::create_vector(comm, partition);
  la::set_values(diagonal.get(), scale);
  la::check(MatDiagonalScale(matrix.get(), diagonal.get(), diagonal.get()));
  la::check(MatSetOption(matrix.get(), MAT_KEEP_NONZERO_PATTERN, PETSC_TRUE));
  la::check(MatZeroRows(matrix.get(), static_cast<PetscInt>(out.size()), out.data(), 1, nullptr, nullptr));
  return matrix;
}

[[noreturn]] void throw_singular(const std::string& detail) {
  throw core::ConvergenceError("the operator restricted to the cells in play is singular to working precision (" +
                               detail +
                               "): some of them cannot reach the absorbing set, or only after times beyond "
                               "the range of double precision");
}

}  // namespace

AbsorbedSolver::AbsorbedSolver(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition,
                               const fv::Generator& op, const ActiveCells& active)
    : comm_(comm),
      box_(op.cells),
      volume_(grid.cell_volume()),
      active_(active),
      scale_(scale_of(op, active)),
      operator_(scaled(comm, grid, partition, op, active, scale_)),
      x_(la::create_vector(comm, partition)),
      y_(la::create_vector(comm, partition)),
      solver_(operator_.get(), operator_.get(), la::Method::direct, "passage_") {}

Array AbsorbedSolver::apply(const Array& x) const {
  la::set_values(x_.get(), active_.select(x / scale_, 0));
  la::check(MatMult(operator_.get(), x_.get(), y_.get()));
  return active_.select(la::values(y_.get()) / scale_, 0);
}

Array AbsorbedSolver::once(const Array& right) {
  la::set_values(x_.get(), active_.select(right * scale_, 0));
  if (!solver_.solve(x_.get(), y_.get())) {
    throw_singular(solver_.reason());
  }
  return active_.select(la::values(y_.get()) * scale_, 0);
}

Array AbsorbedSolver::solve(const Array& b) {
  const auto norm = [&](const Array& values) { return la::sum(comm_, values.abs().sum()); };
  const Array right = active_.select(b, 0);
  Array x = once(right);
  const Array correction = once(right - apply(x));
  const double size = norm(x);
  const double change = norm(correction);
  if (!std::isfinite(size) || !(change <= singular_correction * size)) {
    throw_singular("refinement changes the solution by " + std::to_string(change / size) + " of itself");
  }
  x += correction;
  const double right_size = norm(right);
  residual_ = right_size > 0 ? norm(right - apply(x)) / right_size : 0;
  return x;
}

AbsorbedSolver::Leading AbsorbedSolver::leading() {
  const auto sum = [&](const Array& values) { return la::sum(comm_, values.sum()); };
  const auto norm = [&](const Array& values) { return la::sum(comm_, values.abs().sum()); };
  Leading result;
  if (!(sum(active_.cast<double>()) > 0)) {
    throw core::SettingsError("no cell is in play: the absorbing set covers the whole domain");
  }
  Array v = active_.select(1 + 0.5 * start_vector(box_), 0);
  v /= sum(v);
  double change = 1;
  bool rounding = false;
  while (result.iterations < most_iterations && change > standstill && !rounding) {
    // No refinement: near a tiny λ₁ solutions are large, and only their direction and growth matter.
    const Array next = once(v);
    const double growth = sum(next);
    if (!std::isfinite(growth) || growth == 0) {
      throw_singular("inverse iteration gave no finite vector");
    }
    const double now = norm(next / growth - v);
    result.value = 1 / growth;
    // What is left of the other modes shrinks by λ₁/λ₂ per step, until rounding takes over.
    if (now > 1e3 * standstill && now < change) {
      const double ratio = std::abs(result.value) * change / now;
      result.next_error = 2 * std::abs(ratio - result.next);
      result.next = ratio;
    }
    rounding = now < accepted_change && now >= 0.999 * change;
    change = now;
    v = next / growth;
    ++result.iterations;
  }
  result.vector = v / volume_;
  result.residual = norm(apply(v) - result.value * v) / norm(v);
  result.converged = change <= accepted_change;
  return result;
}

}  // namespace sgdflux::solve
