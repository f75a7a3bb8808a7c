#pragma once
/// What is known exactly about the stationary state of a model.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// Exact stationary density and moments, with their source. Everything is in the model's variables.
struct Reference {
  std::string source;  ///< author, year, equation number
  /// ln p at n points (n × dimension), normalised over the natural domain; shape n.
  std::function<Eigen::ArrayXd(core::BatchView)> log_density;
  /// Exact current J at n points, n × dimension; empty when it vanishes identically.
  std::function<core::Batch(core::BatchView)> current;
  /// Exact values by report name: mean.v, cov.v.v, mode.v, …; also parameters of the law (T_c, T_star, tail exponent).
  std::map<std::string, double> observables;
  /// Probability outside the physical box [lower, upper], when known in closed form or by quadrature (1-D); else empty.
  std::function<double(const Eigen::VectorXd& lower, const Eigen::VectorXd& upper)> outside_mass;
};

/// The exact result for a model, or null when none is known (or no stationary density exists).
/// One explicit table by model name; one file per source does the work.
[[nodiscard]] std::shared_ptr<const Reference> reference(const model::Sde& sde);

}  // namespace sgdflux::theory
