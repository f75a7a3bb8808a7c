#pragma once
/// Repeated integrals along a one-dimensional diffusion: panels with Gauss nodes, on which indefinite integrals are as
/// accurate as definite ones.
#include <Eigen/Core>
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// Edges of panels from `from` to `to`, in this order (either may be the larger one). Within a panel φ = ∫2b/a changes
/// by 2 at most and a by a factor of e² at most; around the typical point and towards finite ends they are in octaves.
/// @throws SettingsError where b is not finite or a not positive, ConvergenceError when a million panels are too few.
[[nodiscard]] std::vector<double> panel_edges(const model::Sde& sde, double from, double to);
/// The same edges with every panel halved.
[[nodiscard]] std::vector<double> halved(const std::vector<double>& edges);

/// A point on the way from `from` to a natural end: beyond it the speed density times distance stays below e^{−drop} of
/// what it reaches before. @throws ConvergenceError when doubles end earlier.
[[nodiscard]] double negligible_beyond(const model::Sde& sde, double from, bool upper, double drop);

/// Functions are arrays of their values at all nodes; u is the distance travelled from the first edge.
class LinePath {
 public:
  LinePath(const model::Sde& sde, const std::vector<double>& edges);

  [[nodiscard]] const Eigen::ArrayXd& diffusion() const { return diffusion_; }  ///< a
  [[nodiscard]] const Eigen::ArrayXd& potential() const { return potential_; }  ///< φ = ∫2b/a dx from the first edge
  [[nodiscard]] Eigen::Index panels() const { return half_.size(); }

  /// A repeated integral at the nodes and at the edges (panels + 1).
  struct Integral {
    Eigen::ArrayXd nodes;
    Eigen::ArrayXd edges;
  };
  /// ∫₀^u f du'.
  [[nodiscard]] Integral before(const Eigen::ArrayXd& f) const;
  /// ∫_u^end f du', summed from the end, so that it keeps its digits where it is small.
  [[nodiscard]] Integral after(const Eigen::ArrayXd& f) const;
  /// ∫₀^u f(u')e^{φ(u')−φ(u)} du'. Only differences of φ enter: it may be as large as it likes.
  [[nodiscard]] Integral weighted_before(const Eigen::ArrayXd& f) const;

  static constexpr Eigen::Index order = 20;  ///< nodes per panel

 private:
  Eigen::ArrayXd half_;  ///< half widths
  Eigen::ArrayXd diffusion_;
  Eigen::ArrayXd potential_;
  Eigen::ArrayXd edge_potential_;
};

}  // namespace sgdflux::theory
