#include "krylov_space.hpp"

#include <cmath>
#include <cstdio>

#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

/// Column sums of a generator that conserves mass, relative to those of the absolute values.
constexpr double conservation = 1e-12;
/// What is left of a vector after orthogonalisation, relative to before, when the space is closed.
constexpr double closure = 1e-14;

std::string text(double value) {
  char words[32];
  static_cast<void>(std::snprintf(words, sizeof words, "%.3g", value));
  return words;
}

la::Matrix matrix(MPI_Comm comm, const PropagateProblem& problem, const core::Batch& values, double scale,
                  double shift) {
  const fv::Generator& g = problem.generator;
  return la::create_matrix(comm, problem.grid, problem.partition, {g.cells, g.offsets, values, scale, shift});
}

Array column_sums(Mat matrix, Vec x, Vec y) {
  la::check(VecSet(x, 1));
  la::check(MatMultTranspose(matrix, x, y));
  return la::values(y);
}

}  // namespace

ShiftedInverse::ShiftedInverse(MPI_Comm comm, const PropagateProblem& problem)
    : comm_(comm),
      problem_(problem),
      rates_(problem.generator.values.abs().rowwise().sum()),
      x_(la::create_vector(comm, problem.partition)),
      y_(la::create_vector(comm, problem.partition)),
      operator_(matrix(comm, problem, problem.generator.values, 1, 0)) {
  const Array sums = column_sums(operator_.get(), x_.get(), y_.get()).abs();
  const la::Matrix magnitude = matrix(comm, problem, problem.generator.values.abs(), 1, 0);
  const Array total = column_sums(magnitude.get(), x_.get(), y_.get());
  conservative_ = la::sum(comm, static_cast<double>((sums > conservation * total).count())) == 0;
}

void ShiftedInverse::set_pole(double sigma) {
  if (solver_ && sigma == sigma_) {
    return;
  }
  solver_.reset();
  sigma_ = sigma;
  scale_ = 1 / (1 + sigma * rates_);
  shifted_ = matrix(comm_, problem_, problem_.generator.values, -sigma, 1);
  la::set_values(x_.get(), scale_);
  la::check(MatDiagonalScale(shifted_.get(), nullptr, x_.get()));
  solver_ = std::make_unique<la::LinearSolver>(shifted_.get(), shifted_.get(), la::Method::direct, "evolve_");
  ++factorisations_;
}

double ShiftedInverse::norm(const Array& v) const { return std::sqrt(la::sum(comm_, v.square().sum())); }

void ShiftedInverse::remove_mass(Array& v) const {
  Array sums(2);
  sums << v.sum(), v.abs().sum();
  la::sum(comm_, sums);
  if (conservative_ && sums(1) > 0) {
    v -= sums(0) / sums(1) * v.abs();
  }
}

Array ShiftedInverse::apply(const Array& v) const {
  la::set_values(x_.get(), v);
  la::check(MatMult(operator_.get(), x_.get(), y_.get()));
  Array result = la::values(y_.get());
  remove_mass(result);
  return result;
}

std::optional<Array> ShiftedInverse::solve(const Array& v) {
  la::set_values(x_.get(), v);
  if (!solver_->solve(x_.get(), y_.get())) {
    return std::nullopt;
  }
  ++solves_;
  Array x = scale_ * la::values(y_.get());
  remove_mass(x);
  return x;
}

std::string ShiftedInverse::failure() const {
  return "the system (1 - sigma L) x = v with sigma = " + text(sigma_) + " could not be solved: " + solver_->reason();
}

KrylovSpace::KrylovSpace(ShiftedInverse& inverse, const Array& start, int largest)
    : inverse_(inverse),
      sigma_(inverse.pole()),
      norm_(inverse.norm(start)),
      basis_(start.size(), largest + 1),
      hessenberg_(Eigen::MatrixXd::Zero(largest + 1, largest)) {
  basis_.col(0) = start / norm_;
}

Eigen::VectorXd KrylovSpace::orthogonalise(Array& w, int m) const {
  Eigen::VectorXd total = Eigen::VectorXd::Zero(m);
  for (int pass = 0; pass < 2; ++pass) {
    Array c = basis_.leftCols(m).transpose() * w.matrix();
    la::sum(inverse_.comm(), c);
    w -= (basis_.leftCols(m) * c.matrix()).array();
    // What is left may be small: without this its mass, of the order of rounding before, would be large in the
    // quotient.
    inverse_.remove_mass(w);
    total += c.matrix();
  }
  return total;
}

bool KrylovSpace::extend() {
  if (closed_ || failed_ || size_ == hessenberg_.cols()) {
    return false;
  }
  std::optional<Array> w = inverse_.solve(basis_.col(size_).array());
  failed_ = !w;
  if (failed_) {
    return false;
  }
  const double before = inverse_.norm(*w);
  const int m = size_ + 1;
  hessenberg_.col(size_).head(m) = orthogonalise(*w, m);
  const double after = inverse_.norm(*w);
  closed_ = !(after > closure * before);
  hessenberg_(m, size_) = closed_ ? 0 : after;
  basis_.col(m) = closed_ ? Array::Zero(w->size()) : Array(*w / after);
  size_ = m;
  return true;
}

Array KrylovSpace::combine(const Eigen::VectorXd& c) const { return (basis_.leftCols(c.size()) * c).array(); }

}  // namespace sgdflux::solve
