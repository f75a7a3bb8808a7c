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
constexpr double krylov_tolerance = 1e-14;  ///< of solves in the place of LU

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
      rates_(problem.applied != nullptr ? problem.applied->rates
                                        : Array(problem.generator.values.abs().rowwise().sum())),
      x_(la::create_vector(comm, problem.partition)),
      y_(la::create_vector(comm, problem.partition)) {
  if (problem.applied == nullptr) {
    operator_ = matrix(comm, problem, problem.generator.values, 1, 0);
  }
  conservative_ = conserves();
}

/// Whether every column of L sums to zero.
bool ShiftedInverse::conserves() const {
  const Array sums = column_sums(op(), x_.get(), y_.get()).abs();
  Array total = rates_;
  if (problem_.applied == nullptr) {
    const la::Matrix magnitude = matrix(comm_, problem_, problem_.generator.values.abs(), 1, 0);
    total = column_sums(magnitude.get(), x_.get(), y_.get());
  }
  return la::sum(comm_, static_cast<double>((sums > conservation * total).count())) == 0;
}

void ShiftedInverse::set_pole(double sigma) {
  if ((factors_ || krylov_) && sigma == sigma_) {
    return;
  }
  factors_.reset();
  krylov_.reset();
  sigma_ = sigma;
  ++factorisations_;
  if (problem_.applied != nullptr) {
    krylov_ = std::make_unique<ShiftedSolver>(comm_, problem_.partition, *problem_.applied, 1 / sigma, krylov_tolerance,
                                              "evolve_");
    return;
  }
  scale_ = 1 / (1 + sigma * rates_);
  shifted_ = matrix(comm_, problem_, problem_.generator.values, -sigma, 1);
  la::set_values(x_.get(), scale_);
  la::check(MatDiagonalScale(shifted_.get(), nullptr, x_.get()));
  factors_ = std::make_unique<la::LinearSolver>(shifted_.get(), shifted_.get(), la::Method::direct, "evolve_");
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
  la::check(MatMult(op(), x_.get(), y_.get()));
  Array result = la::values(y_.get());
  remove_mass(result);
  return result;
}

std::optional<Array> ShiftedInverse::solve(const Array& v) {
  la::set_values(x_.get(), v);
  if (!(krylov_ ? krylov_->solve(x_.get(), y_.get()) : factors_->solve(x_.get(), y_.get()))) {
    return std::nullopt;
  }
  ++solves_;
  // (1 − σL)⁻¹ = (1/σ)(1/σ − L)⁻¹
  Array x = krylov_ ? Array(la::values(y_.get()) / sigma_) : Array(scale_ * la::values(y_.get()));
  remove_mass(x);
  return x;
}

std::string ShiftedInverse::failure() const {
  return "the system (1 - sigma L) x = v with sigma = " + text(sigma_) +
         " could not be solved: " + (krylov_ ? krylov_->reason() : factors_->reason());
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
