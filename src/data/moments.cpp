#include <Eigen/Core>
#include <cmath>

#include "data/bootstrap.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/data/estimate.hpp"

namespace sgdflux::data {
namespace {

constexpr const char* names[] = {"beta1", "beta2", "alpha1", "alpha2", "alpha3", "delta", "T_c"};

/// The seven numbers in the order of `names`, for rows of weight w (sum 1). Second moments are taken about the
/// means, so that nothing cancels when E[x²]² is large beside Var[x²].
Eigen::Matrix<double, 7, 1> moments(const Eigen::VectorXd& xx, const Eigen::VectorXd& xy, const Eigen::VectorXd& w) {
  const double beta1 = w.dot(xx);
  const double beta2 = w.dot(xy);
  const Eigen::ArrayXd p = xx.array() - beta1;
  const Eigen::ArrayXd q = xy.array() - beta2;
  const double alpha1 = (w.array() * p * p).sum();
  const double alpha2 = (w.array() * p * q).sum();
  const double alpha3 = (w.array() * q * q).sum();
  return {beta1, beta2, alpha1, alpha2, alpha3, alpha1 * alpha3 - alpha2 * alpha2, beta2 / alpha3};
}

/// (x − mean)/standard deviation for rows of weight w (sum 1).
Eigen::VectorXd weighted_standard(const Eigen::VectorXd& x, const Eigen::VectorXd& w) {
  const Eigen::ArrayXd centred = x.array() - w.dot(x);
  return centred / std::sqrt((w.array() * centred.square()).sum());
}

/// The moments of the data as they are, or standardised with the weights of the resample.
Eigen::Matrix<double, 7, 1> moments_of(const Eigen::VectorXd& x, const Eigen::VectorXd& y, const Eigen::VectorXd& w,
                                       bool standardize) {
  const Eigen::VectorXd u = standardize ? weighted_standard(x, w) : x;
  const Eigen::VectorXd v = standardize ? weighted_standard(y, w) : y;
  return moments(u.cwiseAbs2(), u.cwiseProduct(v), w);
}

}  // namespace

std::map<std::string, core::Estimate> network_moments(const std::vector<double>& x, const std::vector<double>& y,
                                                      int replicas, unsigned long seed, bool standardize) {
  if (x.size() != y.size()) {
    throw core::InternalError("x and y have different lengths");
  }
  check_sizes(replicas, x.size());
  const auto n = static_cast<Eigen::Index>(x.size());
  const Eigen::Map<const Eigen::VectorXd> inputs(x.data(), n);
  const Eigen::Map<const Eigen::VectorXd> targets(y.data(), n);
  const auto value =
      moments_of(inputs, targets, Eigen::VectorXd::Constant(n, 1.0 / static_cast<double>(n)), standardize);
  std::mt19937_64 random(seed);
  Eigen::MatrixXd samples(replicas, 7);
  for (Eigen::Index row = 0; row < samples.rows(); ++row) {
    samples.row(row) = moments_of(inputs, targets, resample_weights(n, random), standardize);
  }
  const Eigen::VectorXd error = replica_deviation(samples);
  std::map<std::string, core::Estimate> result;
  for (Eigen::Index k = 0; k < 7; ++k) {
    const bool finite = std::isfinite(value[k]) && std::isfinite(error[k]);
    result[names[k]] = finite ? core::Estimate{value[k], error[k], ""}
                              : core::undefined("alpha3 = Var[xy] vanishes, in the data or in a resample of them");
  }
  return result;
}

}  // namespace sgdflux::data
