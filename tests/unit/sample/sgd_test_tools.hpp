#pragma once
/// What the tests of SGD share.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "sgdflux/sample/sgd_process.hpp"

namespace sgdflux::sample {

/// A table of N rows with labels xᵀ(1, …, 1) + noise.
inline TrainingData table_of(Index rows, Index inputs, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  const auto draw = [&] { return normal(random); };
  TrainingData data;
  data.x = Eigen::MatrixXd::NullaryExpr(rows, inputs, draw);
  data.y = data.x.rowwise().sum() + noise * Eigen::VectorXd::NullaryExpr(rows, draw);
  return data;
}

/// State of the paths first … first + count − 1 after `steps` steps.
inline Batch run(const Process& process, Index first, Index count, std::int64_t steps) {
  Batch state = process.start(first, count);
  const auto workspace = process.workspace(count);
  process.advance(state, first, 0, steps, workspace.get());
  return state;
}

/// Value by name of one path of observed quantities.
inline double value_of(const Process& process, const Batch& state, const std::string& name, Index path = 0) {
  const auto& names = process.quantities();
  const auto at = std::find(names.begin(), names.end(), name) - names.begin();
  return process.observe(state)(path, at);
}

/// Equal bits, NaN included.
inline bool same(const Batch& a, const Batch& b) { return ((a == b) || (a.isNaN() && b.isNaN())).all(); }

}  // namespace sgdflux::sample
