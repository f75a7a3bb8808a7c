#pragma once
/// Linear regression prepared for SGD on a table.
#include <memory>

#include "sample/minibatch.hpp"

namespace sgdflux::sample {

/// Rows relative to the minimum μ = (H+λ)⁺XᵀY/N: gradient of a minibatch at θ = μ + δ is
/// (1/S)Σ_j x_j (x_j·δ − r_j) + λδ + λμ with residuals r_j = y_j − x_j·μ. Where H + λ is singular the pseudo-inverse
/// gives the minimum nearest 0, and δ along the null vectors of H feels no gradient: it stays where it starts.
struct RegressionProblem {
  Eigen::MatrixXd vectors;  ///< eigenvectors of H, largest eigenvalue first, largest component positive
  Eigen::VectorXd minimum;  ///< μ
  Eigen::VectorXd residual;
};
[[nodiscard]] RegressionProblem regression_problem(const TrainingData& data, double weight_decay);

/// "theta", "v" or "theta1", "v1", "theta2", ….
[[nodiscard]] std::vector<std::string> regression_quantities(std::size_t modes);

/// The single weight of generated data, x ~ N(0, 1): H = 1. State: θ − μ, v.
[[nodiscard]] std::unique_ptr<Process> make_generated_regression(double start, const TrainingData& data,
                                                                 const SgdOptions& options);

}  // namespace sgdflux::sample
