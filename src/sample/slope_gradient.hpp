#pragma once
/// What a linear model of one input needs of the data in a step: the slope of its mean squared error.
#include "sample/minibatch.hpp"

namespace sgdflux::sample {

/// Paths first … first + count − 1, side by side.
struct Lanes {
  Index first = 0;
  Index count = 0;
};

/// G = (1/S) Σ_j (P x_j − y_j) x_j over each path's own minibatch, for its own slope P.
class SlopeGradient {
 public:
  struct Cache {
    Minibatches::Cache batches;
    Eigen::ArrayXd x, noise;  ///< one member of generated data for every lane
  };

  /// `data` are generated or have one input.
  SlopeGradient(TrainingData data, const SgdOptions& options);
  [[nodiscard]] Cache cache(Index lanes) const;
  /// `slope` and `gradient` hold lanes.count numbers each.
  void operator()(const Lanes& lanes, const SgdStep& step, const double* slope, double* gradient, Cache& cache) const;

 private:
  void generated(const Lanes& lanes, const SgdStep& step, const double* slope, double* gradient, Cache& cache) const;
  [[nodiscard]] double tabled(const std::uint32_t* rows, Index size, double slope) const;

  TrainingData data_;
  Stream stream_;
  Minibatches batches_;
};

}  // namespace sgdflux::sample
