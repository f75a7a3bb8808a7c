#include "data/bootstrap.hpp"

#include <cmath>
#include <string>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::data {

Eigen::VectorXd resample_weights(Eigen::Index n, std::mt19937_64& random) {
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(n);
  const double share = 1.0 / static_cast<double>(n);
  const auto rows = static_cast<std::uint64_t>(n);
  for (Eigen::Index draw = 0; draw < n; ++draw) {
    // Not uniform_int_distribution: its algorithm differs between standard libraries, and reports must repeat. The
    // bias of the remainder is below rows/2⁶⁴.
    weights[static_cast<Eigen::Index>(random() % rows)] += share;
  }
  return weights;
}

Eigen::VectorXd replica_deviation(const Eigen::MatrixXd& replicas) {
  const Eigen::MatrixXd centred = replicas.rowwise() - replicas.colwise().mean();
  return (centred.colwise().squaredNorm() / static_cast<double>(replicas.rows() - 1)).cwiseSqrt();
}

void check_sizes(int replicas, std::size_t rows) {
  if (replicas < 2) {
    throw core::SettingsError("replicas = " + std::to_string(replicas) + ": the bootstrap needs at least 2");
  }
  if (rows < 2) {
    throw core::SettingsError("the data have " + std::to_string(rows) + " rows; the bootstrap needs at least 2");
  }
}

}  // namespace sgdflux::data
