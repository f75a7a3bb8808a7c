#pragma once
/// Small tools of the tests of sampled processes.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "sgdflux/sample/sde_process.hpp"
#include "support/numerics.hpp"

namespace sgdflux::sample {

using test::error_of;
using test::has;
using test::make_model;
using Observable = std::function<Eigen::ArrayXd(const Batch&)>;

inline SdeOptions options_of(Integrator integrator, double dt, std::initializer_list<double> start = {}) {
  SdeOptions options;
  options.integrator = integrator;
  options.dt = dt;
  options.start.resize(static_cast<Index>(start.size()));
  std::copy(start.begin(), start.end(), options.start.begin());
  return options;
}

/// y = x + ε, k = σ = 1.
inline std::unique_ptr<model::Sde> network(const std::string& temperature) {
  return make_model({{"name", "diagonal-network"}, {"T", temperature}});
}

/// Double well with friction 1 and temperature ½: p ∝ exp(−2(v²/2 + x⁴/4 − x²/2)).
inline std::unique_ptr<model::Sde> kinetic_double_well() {
  return make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "x-x^3-v"}, {"noise.v.1", "1"}});
}

inline std::unique_ptr<model::Sde> cubic_well() {
  return make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x-x^3"}, {"noise.x.1", ".5*sqrt(1+x^2)"}});
}

/// States of paths 0 … count − 1 after `steps` steps.
inline Batch run(const Process& process, Index count, std::int64_t steps) {
  Batch state = process.start(0, count);
  process.advance(state, 0, 0, steps, nullptr);
  return state;
}

struct Mean {
  double value;
  double error;  ///< standard
};

inline Mean mean_of(const Eigen::ArrayXd& values) {
  const double mean = values.mean();
  const double n = static_cast<double>(values.size());
  return {mean, std::sqrt((values - mean).square().sum() / (n - 1) / n)};
}

}  // namespace sgdflux::sample
