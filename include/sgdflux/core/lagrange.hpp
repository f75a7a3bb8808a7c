#pragma once
/// Polynomials through given points.
#include <cstddef>
#include <vector>

namespace sgdflux::core {

/// Weights w with p(at) = Σ w_i y_i for the polynomial p of degree n − 1 through (nodes_i, y_i); nodes distinct, n ≥ 1.
[[nodiscard]] inline std::vector<double> lagrange_weights(const std::vector<double>& nodes, double at) {
  std::vector<double> weights(nodes.size(), 1);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t j = 0; j < nodes.size(); ++j) {
      weights[i] *= j == i ? 1 : (at - nodes[j]) / (nodes[i] - nodes[j]);
    }
  }
  return weights;
}

}  // namespace sgdflux::core
