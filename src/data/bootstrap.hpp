#pragma once
/// Resampling of rows with replacement (Efron 1979), as weights so that no data are copied.
#include <Eigen/Core>
#include <random>

namespace sgdflux::data {

/// How often each of n rows occurs in one resample of n rows, divided by n: shape n, sum 1.
[[nodiscard]] Eigen::VectorXd resample_weights(Eigen::Index n, std::mt19937_64& random);

/// Standard deviation over replicas (rows), /(replicas − 1), of every column: shape columns.
[[nodiscard]] Eigen::VectorXd replica_deviation(const Eigen::MatrixXd& replicas);

/// @throws SettingsError for fewer than 2 replicas or fewer than 2 rows.
void check_sizes(int replicas, std::size_t rows);

}  // namespace sgdflux::data
