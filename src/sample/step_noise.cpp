#include "sample/step_noise.hpp"

#include <numbers>

#include "sgdflux/sample/random.hpp"

namespace sgdflux::sample {
namespace {

using core::Index;

/// Numbers begin … end − 1 of the stream (and one more when that is odd) into the first columns; begin is even.
void draw(const Stream& stream, Index first, std::int64_t begin, std::int64_t end, Eigen::ArrayXXd& numbers) {
  for (std::int64_t number = begin; number < end; number += 2) {
    const Index column = number - begin;
    normals(stream, first, numbers.rows(), static_cast<std::uint64_t>(number / 2), numbers.col(column).data(),
            numbers.col(column + 1).data());
  }
}

/// (ξ + sign·ζ)/√2.
void combine(Index lanes, const double* coarse, const double* detail, double sign, double* half) {
  const double* __restrict a = coarse;
  const double* __restrict b = detail;
  double* __restrict sum = half;
  for (Index i = 0; i < lanes; ++i) {
    sum[i] = (1 / std::numbers::sqrt2) * (a[i] + sign * b[i]);
  }
}

}  // namespace

StepNoise::Buffer StepNoise::buffer(Index lanes, std::int64_t steps) const {
  Buffer made;
  made.numbers.resize(lanes, steps * per_step_ + 2);
  if (level_ == 1) {
    made.coarse.resize(lanes, (steps / 2 + 1) * per_step_ + 2);
    made.detail.resizeLike(made.coarse);
  }
  return made;
}

void StepNoise::fill(Buffer& buffer, Index first, std::int64_t from, std::int64_t steps) const {
  buffer.from = from;
  if (level_ == 1) {
    buffer.first_column = 0;
    fill_halves(buffer, first, from, steps);
    return;
  }
  const std::int64_t number = from * per_step_;
  buffer.first_column = number % 2;
  draw({seed_, Purpose::noise}, first, number - number % 2, number + steps * per_step_, buffer.numbers);
}

void StepNoise::fill_halves(Buffer& buffer, Index first, std::int64_t from, std::int64_t steps) const {
  const std::int64_t number = from / 2 * per_step_;
  const std::int64_t begin = number - number % 2;
  const std::int64_t end = ((from + steps - 1) / 2 + 1) * per_step_;
  draw({seed_, Purpose::noise}, first, begin, end, buffer.coarse);
  draw({seed_, Purpose::bridge}, first, begin, end, buffer.detail);
  for (std::int64_t step = from; step < from + steps; ++step) {
    for (int k = 0; k < per_step_; ++k) {
      const Index parent = step / 2 * per_step_ + k - begin;
      combine(buffer.numbers.rows(), buffer.coarse.col(parent).data(), buffer.detail.col(parent).data(),
              step % 2 == 0 ? 1 : -1, buffer.numbers.col((step - from) * per_step_ + k).data());
    }
  }
}

}  // namespace sgdflux::sample
