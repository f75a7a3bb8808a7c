#pragma once
/// What stationary densities and ergodic components share: the scaled generator, and its slowest mode.
#include <functional>
#include <optional>

#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::solve {

/// Shift of the scaled generator, whose columns are of order 1: far below any gap that doubles resolve, above the
/// rounding of the factors.
inline constexpr double direct_shift = 1e-14;
/// Slower scaled modes cannot be told from zero.
inline constexpr double simple_above = 10 * direct_shift;

/// The generator with its columns scaled by the rates D of their cells: −L D⁻¹ q = 0 with q = D P. Rates may differ by
/// 60 orders of magnitude (the far tail of a multiplicative noise); the scaled generator is that of the jump chain, of
/// order 1. Assembled or not, it is a matrix of PETSc.
class ScaledOperator {
 public:
  using Array = Eigen::ArrayXd;

  /// @param op −L D⁻¹, which must outlive this; null: set_op() follows.
  ScaledOperator(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition, Array rates, Mat op)
      : comm_(comm),
        volume_(grid.cell_volume()),
        rates_(std::move(rates)),
        x_(la::create_vector(comm, partition)),
        y_(la::create_vector(comm, partition)),
        op_(op) {}

  [[nodiscard]] MPI_Comm comm() const { return comm_; }
  [[nodiscard]] const Array& rates() const { return rates_; }
  [[nodiscard]] Mat op() const { return op_; }
  [[nodiscard]] double integral(const Array& p) const { return la::sum(comm_, p.sum()) * volume_; }
  [[nodiscard]] double norm1(const Array& p) const { return la::sum(comm_, p.abs().sum()) * volume_; }
  [[nodiscard]] double norm2(const Array& p) const { return std::sqrt(la::sum(comm_, p.square().sum())); }

  /// −L P for q = D P.
  [[nodiscard]] Array apply(const Array& q) const {
    la::set_values(x_.get(), q);
    la::check(MatMult(op_, x_.get(), y_.get()));
    return la::values(y_.get());
  }
  /// (−L D⁻¹)ᵀ y.
  [[nodiscard]] Array apply_transpose(const Array& y) const {
    la::set_values(x_.get(), y);
    la::check(MatMultTranspose(op_, x_.get(), y_.get()));
    return la::values(y_.get());
  }
  /// Largest column sum of the scaled generator: mass that one jump loses.
  [[nodiscard]] double conservation() const {
    la::check(VecSet(x_.get(), 1));
    la::check(MatMultTranspose(op_, x_.get(), y_.get()));
    double largest = 0;
    la::check(VecNorm(y_.get(), NORM_INFINITY, &largest));
    return largest;
  }
  /// Solution of the solver's system; nothing, on every rank, when it failed.
  template <class Solver>
  [[nodiscard]] std::optional<Array> solve(Solver& solver, const Array& right) const {
    la::set_values(x_.get(), right);
    return solver.solve(x_.get(), y_.get()) ? std::optional(la::values(y_.get())) : std::nullopt;
  }
  /// The same as a function of the right-hand side.
  template <class Solver>
  [[nodiscard]] auto inverse(Solver& solver) const {
    return [this, &solver](const Array& right) { return solve(solver, right); };
  }
  /// The same with the transposed operator.
  [[nodiscard]] std::optional<Array> solve_transpose(la::LinearSolver& solver, const Array& right) const {
    la::set_values(x_.get(), right);
    return solver.solve_transpose(x_.get(), y_.get()) ? std::optional(la::values(y_.get())) : std::nullopt;
  }
  [[nodiscard]] Array precondition(const la::LinearSolver& solver, const Array& right) const {
    la::set_values(x_.get(), right);
    solver.precondition(x_.get(), y_.get());
    return la::values(y_.get());
  }

 protected:
  void set_op(Mat op) { op_ = op; }
  [[nodiscard]] Vec scratch() const { return x_.get(); }

 private:
  MPI_Comm comm_;
  double volume_;
  Array rates_;
  la::Vector x_;
  la::Vector y_;
  Mat op_;
};

/// The same assembled from rows.
class Work : public ScaledOperator {
 public:
  /// @param pattern matrix of an earlier problem with the same offsets, whose place the operator takes; empty: a new
  /// one.
  Work(MPI_Comm comm, const StationaryProblem& problem, la::Matrix pattern = {})
      : ScaledOperator(comm, problem.grid, problem.partition, rates_of(problem.generator), nullptr),
        problem_(problem),
        operator_(filled(std::move(pattern))) {
    set_op(operator_.get());
  }

  /// −L D⁻¹ + shift: positive diagonal, as multigrid expects.
  [[nodiscard]] la::Matrix matrix(const fv::Generator& generator, double shift) const {
    la::Matrix result = la::create_matrix(comm(), problem_.grid, problem_.partition, rows(generator));
    scale(result.get(), shift);
    return result;
  }
  /// The same in the place of an earlier matrix of a generator with the same offsets.
  void refill(Mat matrix, const fv::Generator& generator, double shift) const {
    la::fill(matrix, problem_.grid, rows(generator));
    scale(matrix, shift);
  }
  /// The operator itself, for the next problem of a sequence; this one ends with it.
  [[nodiscard]] la::Matrix release() { return std::move(operator_); }

 private:
  /// Σ_k |L_ck| of each row; 1 for a cell where nothing happens.
  static Array rates_of(const fv::Generator& generator) {
    const Array sums = generator.values.abs().rowwise().sum();
    return (sums > 0).select(sums, Array::Ones(sums.size()));
  }

  static la::StencilRows rows(const fv::Generator& generator) {
    return {generator.cells, generator.offsets, generator.values, -1, 0};
  }
  [[nodiscard]] la::Matrix filled(la::Matrix pattern) const {
    if (!pattern) {
      return matrix(problem_.generator, 0);
    }
    refill(pattern.get(), problem_.generator, 0);
    return pattern;
  }
  void scale(Mat matrix, double shift) const {
    la::set_values(scratch(), 1 / rates());
    la::check(MatDiagonalScale(matrix, nullptr, scratch()));
    la::check(MatShift(matrix, shift));
  }

  const StationaryProblem& problem_;
  la::Matrix operator_;
};

/// Numbers in (−1, 1) that depend on the cell alone, so that every number of ranks sees the same vector.
[[nodiscard]] Eigen::ArrayXd scrambled(const StationaryProblem& problem);

using Inverse = std::function<std::optional<Eigen::ArrayXd>(const Eigen::ArrayXd& right)>;

/// The slowest mode of zero mass that inverse iteration finds, and its rate of decay.
struct Slowest {
  double rate = 0;  ///< 0 when a solve failed
  Eigen::ArrayXd vector;
};

/// From the growth of `start` under inverse iteration on `cells` (1 or 0 for each), with the scaled generator
/// (`weights` 1) or L itself (`weights` 1/D); the geometric mean averages over rotating pairs.
/// @param null right null vector that belongs to the iteration, mass 1.
/// @param inverse solution of the solver's system; nothing, on every rank, when it failed.
[[nodiscard]] Slowest slowest(const ScaledOperator& work, const Inverse& inverse, const Eigen::ArrayXd& start,
                              const Eigen::ArrayXd& null, const Eigen::ArrayXd& weights, const Eigen::ArrayXd& cells,
                              int steps = 8);

}  // namespace sgdflux::solve
