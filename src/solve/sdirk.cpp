#include "sdirk.hpp"

#include <algorithm>
#include <utility>

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

/// Factors of L at another time: corrections shrink by the relative change of L. Slower than this, new factors cost
/// less.
constexpr double slowest_contraction = 0.05;
constexpr double relative_correction = 1e-13;
constexpr int most_corrections = 14;
/// Factors of the very matrix: one correction takes away their rounding, further ones change nothing.
constexpr int fresh_corrections = 2;

double norm(Vec vector) {
  double value = 0;
  la::check(VecNorm(vector, NORM_2, &value));
  return value;
}

}  // namespace

SdirkStep::SdirkStep(MPI_Comm comm, const EvolveProblem& problem, bool constant)
    : generators_(comm, problem),
      constant_(constant),
      b_(la::create_vector(comm, problem.partition)),
      x_(la::create_vector(comm, problem.partition)),
      residual_(la::create_vector(comm, problem.partition)),
      correction_(la::create_vector(comm, problem.partition)) {}

void SdirkStep::take(double time, double step, const Array& density,
                     const std::function<void(std::size_t, const Array&)>& visit) {
  std::array<Array, sdirk::stages> rates;  // hL of the stages
  error_ = Array::Zero(density.size());
  Entry entry;
  const double shift = 1 / (sdirk::pole * step);
  for (std::size_t i = 0; i < sdirk::stages; ++i) {
    Array b = density;
    for (std::size_t j = 0; j < i; ++j) {
      b += sdirk::matrix[i][j] * rates[j];
    }
    entry = generators_.at(constant_ ? 0 : time + sdirk::time[i] * step);
    const Array stage = solve(entry, b, shift);
    // Not L times the stage, whose rounding the fastest rates would blow up.
    rates[i] = (stage - b) / sdirk::pole;
    error_ += sdirk::error[i] * rates[i];
    visit(i, stage);
  }
  error_ = solve(entry, error_, shift);
}

Array SdirkStep::solve(const Entry& entry, const Array& b, double shift) {
  la::set_values(b_.get(), shift * b);
  if (constant_) {
    factors(entry, shift).solve(b_.get(), x_.get());
  } else if (!refine(entry, shift, false)) {
    renew(entry, shift);
    static_cast<void>(refine(entry, shift, true));
  }
  return la::values(x_.get());
}

/// Corrects x by the factors until (shift − L)x = b; false when they are too far from L.
bool SdirkStep::refine(const Entry& entry, double shift, bool fresh) {
  ScheduledGenerator::Factors& inverse = factors(entry, shift);
  la::check(VecSet(x_.get(), 0));
  la::check(VecCopy(b_.get(), residual_.get()));
  double previous = 0;
  for (int k = 0; k < (fresh ? fresh_corrections : most_corrections); ++k) {
    inverse.solve(residual_.get(), correction_.get());
    la::check(VecAXPY(x_.get(), 1, correction_.get()));
    const double size = norm(correction_.get());
    if (size <= relative_correction * norm(x_.get())) {
      return true;
    }
    if (!fresh && k > 0 && size > slowest_contraction * previous) {
      return false;
    }
    previous = size;
    la::check(MatMult(entry->matrix.get(), x_.get(), residual_.get()));
    la::check(VecAXPBYPCZ(residual_.get(), 1, -shift, 1, b_.get(), x_.get()));
  }
  return fresh;
}

ScheduledGenerator::Factors& SdirkStep::factors(const Entry& entry, double shift) {
  if (kept_[0].shift != shift) {
    std::swap(kept_[0], kept_[1]);
  }
  return kept_[0].shift == shift ? *kept_[0].factors : renew(entry, shift);
}

ScheduledGenerator::Factors& SdirkStep::renew(const Entry& entry, double shift) {
  kept_[0] = {};
  kept_[0] = {shift, std::make_unique<ScheduledGenerator::Factors>(generators_, *entry, shift)};
  ++factorisations_;
  return *kept_[0].factors;
}

}  // namespace sgdflux::solve
