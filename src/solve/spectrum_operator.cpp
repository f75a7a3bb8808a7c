#include "spectrum_operator.hpp"

#include <cmath>
#include <memory>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/linear_solver.hpp"
#include "shifted_solver.hpp"
#include "start_vector.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using ComplexArray = Eigen::ArrayXcd;

constexpr double tiny_shift = 1e-14;  ///< of the scaled generator, whose columns are of order 1
constexpr int leading_iterations = 4;
constexpr int slowest_iterations = 8;
constexpr double inverse_tolerance = 1e-6;  ///< of Krylov methods: the rate is an estimate

Array in_play(const SpectrumProblem& problem) {
  const auto cells = problem.generator.cells.cells();
  return problem.active.size() == 0 ? Array(Array::Ones(cells)) : Array(problem.active.cast<double>());
}

/// −L D⁻¹ + shift, whose inverse LU finds to high relative accuracy even where rates differ by many decades.
la::Matrix jump_chain(const SpectrumOperator& op, Vec work) {
  la::Matrix matrix;
  la::check(MatDuplicate(op.matrix(), MAT_COPY_VALUES, matrix.out()));
  la::check(MatScale(matrix.get(), -1));
  la::set_values(work, 1 / op.rates());
  la::check(MatDiagonalScale(matrix.get(), nullptr, work));
  la::check(MatShift(matrix.get(), tiny_shift));
  return matrix;
}

/// y ← (−L)⁻¹ y over and over, up to the null vector.
class InverseIteration {
 public:
  explicit InverseIteration(const SpectrumOperator& op)
      : op_(op),
        x_(la::create_vector(op.comm(), op.problem().partition)),
        y_(la::create_vector(op.comm(), op.problem().partition)) {
    if (op.problem().applied != nullptr) {
      krylov_ = std::make_unique<ShiftedSolver>(op.comm(), op.problem().partition, *op.problem().applied, 0,
                                                inverse_tolerance, "spectrum_");
    } else {
      matrix_ = jump_chain(op, x_.get());
      factors_ = std::make_unique<la::LinearSolver>(matrix_.get(), matrix_.get(), la::Method::direct, "spectrum_");
    }
  }

  [[nodiscard]] double sum(const Array& y) const { return la::sum(op_.comm(), y.sum()); }
  [[nodiscard]] double norm(const Array& y) const { return la::sum(op_.comm(), y.abs().sum()); }

  [[nodiscard]] Array next(const Array& y) {
    la::set_values(x_.get(), y);
    const bool solved = krylov_ ? krylov_->solve(x_.get(), y_.get()) : factors_->solve(x_.get(), y_.get());
    if (!solved) {
      throw core::ConvergenceError("spectrum: inverse iteration for the slowest rate failed: " +
                                   (krylov_ ? krylov_->reason() : factors_->reason()));
    }
    return krylov_ ? la::values(y_.get()) : Array(la::values(y_.get()) / op_.rates());
  }

 private:
  const SpectrumOperator& op_;
  la::Vector x_;
  la::Vector y_;
  la::Matrix matrix_;
  std::unique_ptr<la::LinearSolver> factors_;
  std::unique_ptr<ShiftedSolver> krylov_;
};

/// What is taken out of the iterates: the leading vector, mass 1. Factors with a tiny shift amplify it; Krylov methods
/// solve with L itself, up to that vector, which is what u − L⁻¹(L u) leaves of any u.
Array deflated(const SpectrumOperator& op, InverseIteration& inverse) {
  Array leading = op.in_play();
  if (op.problem().applied != nullptr) {
    leading += inverse.next(op.apply(leading.cast<Complex>()).real());
  }
  for (int step = 0; op.problem().applied == nullptr && step < leading_iterations; ++step) {
    leading = inverse.next(leading / inverse.sum(leading));
  }
  return leading / inverse.sum(leading);
}

/// Σ_k |L_ck| of each row, or the rates of a generator without rows.
Array rates_of(const SpectrumProblem& problem) {
  return problem.applied != nullptr ? problem.applied->rates : Array(problem.generator.values.abs().rowwise().sum());
}

}  // namespace

SpectrumOperator::SpectrumOperator(MPI_Comm comm, const SpectrumProblem& problem)
    : comm_(comm),
      problem_(problem),
      volume_(problem.grid.cell_volume()),
      in_play_(solve::in_play(problem)),
      rates_(rates_of(problem)),
      x_(la::create_vector(comm, problem.partition)),
      y_(la::create_vector(comm, problem.partition)) {
  if (problem.applied != nullptr) {
    return;
  }
  matrix_ = la::create_matrix(comm, problem.grid, problem.partition,
                              {problem.generator.cells, problem.generator.offsets, problem.generator.values});
  const double fastest = la::maximum(comm, rates_.size() > 0 ? rates_.maxCoeff() : 0);
  const double out_of_play = fastest > 0 ? 2 * fastest : 1;
  la::set_values(x_.get(), -out_of_play * (1 - in_play_));
  la::check(MatDiagonalSet(matrix_.get(), x_.get(), ADD_VALUES));
  rates_ = (rates_ > 0).select(rates_, Array::Constant(rates_.size(), out_of_play));
}

template <class Multiply>
ComplexArray SpectrumOperator::multiply(const ComplexArray& v, const Multiply& product) const {
  ComplexArray result(v.size());
  la::set_values(x_.get(), v.real());
  la::check(product(matrix(), x_.get(), y_.get()));
  result.real() = la::values(y_.get());
  la::set_values(x_.get(), v.imag());
  la::check(product(matrix(), x_.get(), y_.get()));
  result.imag() = la::values(y_.get());
  return result;
}

ComplexArray SpectrumOperator::apply(const ComplexArray& v) const { return multiply(v, MatMult); }
ComplexArray SpectrumOperator::apply_transpose(const ComplexArray& u) const { return multiply(u, MatMultTranspose); }

double SpectrumOperator::norm1(const ComplexArray& v) const { return la::sum(comm_, v.abs().sum()); }
double SpectrumOperator::norm2(const ComplexArray& v) const { return std::sqrt(la::sum(comm_, v.abs2().sum())); }
Complex SpectrumOperator::dot(const ComplexArray& u, const ComplexArray& v) const {
  const Complex local = (u.conjugate() * v).sum();
  Array parts(2);
  parts << local.real(), local.imag();
  la::sum(comm_, parts);
  return {parts(0), parts(1)};
}

double slowest_rate(const SpectrumOperator& op) {
  InverseIteration inverse(op);
  const Array leading = deflated(op, inverse);
  Array y = start_vector(op.problem().generator.cells) * op.in_play();
  double growth = 0;
  for (int step = 0; step < slowest_iterations; ++step) {
    y -= inverse.sum(y) * leading;
    y = inverse.next(y / inverse.norm(y));
    y -= inverse.sum(y) * leading;
    growth += 2 * step >= slowest_iterations ? std::log(inverse.norm(y)) : 0;
  }
  return std::exp(-growth / (slowest_iterations / 2));
}

}  // namespace sgdflux::solve
