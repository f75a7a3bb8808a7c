#pragma once
/// Does noise reach every direction? Hörmander's condition (Hörmander 1967; Ichihara & Kunita 1974), probed
/// numerically: with V_k the columns of s and V₀ = b − ½Σ_k(Ds_k)s_k (the Stratonovich drift), the brackets [A, B] =
/// (DB)A − (DA)B.
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// Ranks at their best over all points that were probed.
struct LieRank {
  int noise = 0;   ///< of the V_k and their brackets with each other and with V₀: directions that noise reaches
  int all = 0;     ///< with V₀ itself
  int points = 0;  ///< where coefficients were finite; 0: nothing is known
  /// The covector ω that annihilates all of them (or those of the noise alone), if it is the same at all points and
  /// the rank is one less than the dimension; largest component 1.
  std::optional<Eigen::VectorXd> still, noiseless;
};

/// Brackets up to depth dimension + 1 by central differences of order 8 around points at several scales about `centre`
/// (shape d), in units of `scale`; probing ends as soon as noise reaches every direction. Numerically vanishing
/// brackets count as zero. Not collective.
[[nodiscard]] LieRank lie_rank(const model::Sde& sde, const Eigen::VectorXd& centre, const Eigen::VectorXd& scale);

/// Points about `centre`, at distances from a thousandth of `scale` to it, inside the natural domain: n × dimension.
[[nodiscard]] core::Batch probe_points(const model::Sde& sde, const Eigen::VectorXd& centre,
                                       const Eigen::VectorXd& scale);

/// "x - 2*y".
[[nodiscard]] std::string combination(const std::vector<std::string>& variables, const Eigen::VectorXd& covector);

}  // namespace sgdflux::theory
