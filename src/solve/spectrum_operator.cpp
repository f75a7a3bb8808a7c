#include "spectrum_operator.hpp"

#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/linear_solver.hpp"
#include "start_vector.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using ComplexArray = Eigen::ArrayXcd;

constexpr double tiny_shift = 1e-14;  ///< of the scaled generator, whose columns are of order 1
constexpr int leading_iterations = 4;
constexpr int slowest_iterations = 8;

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

/// y ← (−L)⁻¹ y over and over.
class InverseIteration {
 public:
  explicit InverseIteration(const SpectrumOperator& op)
      : op_(op),
        x_(la::create_vector(op.comm(), op.problem().partition)),
        y_(la::create_vector(op.comm(), op.problem().partition)),
        matrix_(jump_chain(op, x_.get())),
        solver_(matrix_.get(), matrix_.get(), la::Method::direct, "spectrum_") {}

  [[nodiscard]] double sum(const Array& y) const { return la::sum(op_.comm(), y.sum()); }
  [[nodiscard]] double norm(const Array& y) const { return la::sum(op_.comm(), y.abs().sum()); }

  [[nodiscard]] Array next(const Array& y) {
    la::set_values(x_.get(), y);
    if (!solver_.solve(x_.get(), y_.get())) {
      throw core::ConvergenceError("spectrum: inverse iteration for the slowest rate failed: " + solver_.reason());
    }
    return la::values(y_.get()) / op_.rates();
  }

 private:
  const SpectrumOperator& op_;
  la::Vector x_;
  la::Vector y_;
  la::Matrix matrix_;
  la::LinearSolver solver_;
};

}  // namespace

SpectrumOperator::SpectrumOperator(MPI_Comm comm, const SpectrumProblem& problem)
    : comm_(comm),
      problem_(problem),
      volume_(problem.grid.cell_volume()),
      in_play_(solve::in_play(problem)),
      rates_(problem.generator.values.abs().rowwise().sum()),
      matrix_(la::create_matrix(comm, problem.grid, problem.partition,
                                {problem.generator.cells, problem.generator.offsets, problem.generator.values})),
      x_(la::create_vector(comm, problem.partition)),
      y_(la::create_vector(comm, problem.partition)) {
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
  la::check(product(matrix_.get(), x_.get(), y_.get()));
  result.real() = la::values(y_.get());
  la::set_values(x_.get(), v.imag());
  la::check(product(matrix_.get(), x_.get(), y_.get()));
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
  Array leading = op.in_play();
  for (int step = 0; step < leading_iterations; ++step) {
    leading = inverse.next(leading / inverse.sum(leading));
  }
  leading /= inverse.sum(leading);
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
