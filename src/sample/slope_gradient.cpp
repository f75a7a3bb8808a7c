#include "sample/slope_gradient.hpp"

#include <utility>

namespace sgdflux::sample {

SlopeGradient::SlopeGradient(TrainingData data, const SgdOptions& options)
    : data_(std::move(data)), stream_{options.seed, Purpose::data}, batches_(options, data_.x.rows()) {}

SlopeGradient::Cache SlopeGradient::cache(Index lanes) const {
  if (data_.generated()) {
    return {{}, Eigen::ArrayXd(lanes), Eigen::ArrayXd(lanes)};
  }
  return {batches_.cache(lanes), {}, {}};
}

void SlopeGradient::operator()(const Lanes& lanes, const SgdStep& step, const double* slope, double* gradient,
                               Cache& cache) const {
  if (data_.generated()) {
    generated(lanes, step, slope, gradient, cache);
    return;
  }
  for (Index lane = 0; lane < lanes.count; ++lane) {
    gradient[lane] = tabled(batches_.rows(lanes.first + lane, lane, step, cache.batches), step.size, slope[lane]);
  }
}

void SlopeGradient::generated(const Lanes& lanes, const SgdStep& step, const double* slope, double* gradient,
                              Cache& cache) const {
  const double truth = data_.slope;
  const double sigma = data_.label_noise;
  double* const x = cache.x.data();
  double* const noise = cache.noise.data();
  std::fill_n(gradient, lanes.count, 0.0);
  for (Index member = 0; member < step.size; ++member) {
    normals(stream_, lanes.first, lanes.count, member_place(step.number, member), x, noise);
    for (Index lane = 0; lane < lanes.count; ++lane) {
      gradient[lane] += ((slope[lane] - truth) * x[lane] - sigma * noise[lane]) * x[lane];
    }
  }
  const auto size = static_cast<double>(step.size);
  for (Index lane = 0; lane < lanes.count && step.size > 1; ++lane) {
    gradient[lane] /= size;
  }
}

double SlopeGradient::tabled(const std::uint32_t* rows, Index size, double slope) const {
  double sum = 0;
  for (Index member = 0; member < size; ++member) {
    const double x = data_.x(rows[member], 0);
    sum += (slope * x - data_.y(rows[member])) * x;
  }
  return sum / static_cast<double>(size);
}

}  // namespace sgdflux::sample
