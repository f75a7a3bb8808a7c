#pragma once
/// Loops over lanes that several integrators share.
#include <cmath>

#include "sample/stepper.hpp"

namespace sgdflux::sample {

/// x_d += φ(b_d dt + Σ_k s_dk√dt ξ_k) for variable d, everything from `lanes`.
inline void add_increment(Lanes& lanes, Index d, Index noises, double dt, double phi) {
  const Index rows = lanes.rows();
  const double time = phi * dt;
  const double root = phi * std::sqrt(dt);
  const double* __restrict b = lanes.drift.data() + d * rows;
  const double* __restrict s = lanes.noise.data() + d * noises * rows;
  const double* __restrict xi = lanes.normals;
  double* __restrict x = lanes.x.data() + d * rows;
  if (noises == 1) {
    for (Index i = 0; i < rows; ++i) {
      x[i] += b[i] * time + s[i] * (root * xi[i]);
    }
    return;
  }
  for (Index i = 0; i < rows; ++i) {
    double increment = b[i] * time;
    for (Index k = 0; k < noises; ++k) {
      increment += s[i + k * rows] * (root * xi[i + k * rows]);
    }
    x[i] += increment;
  }
}

/// target += factor·source.
inline void add(Index rows, double factor, const double* source, double* target) {
  const double* __restrict from = source;
  double* __restrict to = target;
  for (Index i = 0; i < rows; ++i) {
    to[i] += factor * from[i];
  }
}

}  // namespace sgdflux::sample
