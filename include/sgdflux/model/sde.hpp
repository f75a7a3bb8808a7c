#pragma once
/// Stochastic differential equations dx = b(x) dt + s(x) dW (Itô), evaluated over batches.
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/parameters.hpp"
#include "sgdflux/core/types.hpp"

namespace sgdflux::model {

using core::Batch;
using core::BatchView;

/// Open interval that a variable lives in; a wall or truncation of the mesh is another matter.
struct Interval {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

/// A quantity derived from the variables (v from s = ln|v|, an energy, …).
struct Derived {
  std::string name;
  std::string meaning;
};

/// How drift and noise factor grow, for explicit integrators, which explode where growth is faster than linear.
enum class Growth {
  unknown,      ///< has to be measured
  linear,       ///< |b| and |s| are below C(1 + |x|): explicit steps are stable once they are small
  exponential,  ///< variables are logarithms or the like: over Δx = 1 coefficients change by factors of about e
};

/// The SDE of one model with fixed parameters. Immutable; safe to share between solvers.
/// All batch functions are pure, not collective, and let NaN and inf pass (callers check).
class Sde {
 public:
  virtual ~Sde() = default;
  Sde(const Sde&) = delete;
  Sde& operator=(const Sde&) = delete;

  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] const core::Parameters& parameters() const { return parameters_; }
  [[nodiscard]] int dimension() const { return static_cast<int>(variables_.size()); }
  [[nodiscard]] const std::vector<std::string>& variables() const { return variables_; }
  [[nodiscard]] int noises() const { return noises_; }
  [[nodiscard]] const std::vector<Derived>& derived() const { return derived_; }
  /// Interval of ℝ that variable d lives in.
  [[nodiscard]] virtual Interval natural_domain(int) const { return {}; }
  /// A point near which the density is expected: where searches for the domain begin.
  [[nodiscard]] virtual Eigen::VectorXd typical_point() const { return Eigen::VectorXd::Zero(dimension()); }
  /// Remarks for the report, e.g. that Stratonovich noise was converted; one sentence each.
  [[nodiscard]] virtual std::vector<std::string> remarks() const { return {}; }

  /// Drift b: x is n × dimension, result n × dimension, in units of variable per unit time.
  [[nodiscard]] virtual Batch drift(BatchView x) const = 0;
  /// Noise factor s: result n × (dimension·noises), column d·noises + k is s_dk.
  [[nodiscard]] virtual Batch noise_factor(BatchView x) const = 0;
  /// Drift and noise factor at once, for integrators: the shapes of drift() and noise_factor(), whose values it repeats
  /// to rounding. Overrides neither allocate, when the shapes are already right, nor let the value of a row depend on
  /// where it stands among how many; this one keeps both promises as far as drift() and noise_factor() do.
  virtual void coefficients(BatchView x, Batch& drift, Batch& noise) const;
  [[nodiscard]] virtual Growth growth() const { return Growth::unknown; }
  /// Derived quantity `which` (position in derived()) at n points, shape n.
  [[nodiscard]] virtual Eigen::ArrayXd derive(int which, BatchView x) const;

  /// Diffusion tensor a = s sᵀ: n × dimension(dimension+1)/2, column pair_index(i, j, dimension).
  [[nodiscard]] Batch diffusion(BatchView x) const;

 protected:
  Sde(core::Parameters parameters, std::vector<std::string> variables, int noises, std::vector<Derived> derived)
      : parameters_(std::move(parameters)),
        variables_(std::move(variables)),
        noises_(noises),
        derived_(std::move(derived)) {}

 private:
  core::Parameters parameters_;
  std::vector<std::string> variables_;
  int noises_;
  std::vector<Derived> derived_;
};

/// Position of entry (i, j) = (j, i) of a symmetric tensor: (0,0), (0,1), …, (0,n−1), (1,1), ….
[[nodiscard]] constexpr int pair_index(int i, int j, int dimension) {
  const int low = i < j ? i : j;
  const int high = i < j ? j : i;
  return low * dimension - low * (low - 1) / 2 + (high - low);
}

}  // namespace sgdflux::model
