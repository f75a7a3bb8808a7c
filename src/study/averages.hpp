#pragma once
/// The functions of the state whose averages are reported, and how they change with the model.
#include <string>
#include <vector>

#include "sgdflux/model/observable.hpp"

namespace sgdflux::study {

/// What averages are made of: variables, derived quantities, then formulas; a column each, at n points.
[[nodiscard]] core::Batch base_functions(const model::Sde& sde, const std::vector<model::Observable>& observables,
                                         const core::BatchView& points);

/// mean.a (of column `first`), cov.a.b (of both columns) or a formula (of column `first`).
struct Average {
  std::string name;
  int first = 0;
  int second = -1;   ///< −1: no covariance
  int formula = -1;  ///< position among the formulas, −1 for means and covariances

  /// f, or (a − ⟨a⟩)(b − ⟨b⟩). @param means of the columns of `base`.
  [[nodiscard]] Eigen::ArrayXd values(const core::Batch& base, const Eigen::ArrayXd& means) const;
  /// ∂f, or (b − ⟨b⟩)∂a + (a − ⟨a⟩)∂b: what the change of the means adds averages to zero.
  [[nodiscard]] Eigen::ArrayXd change(const core::Batch& base, const Eigen::ArrayXd& means,
                                      const core::Batch& changes) const;
};

/// All of them under their names in reports.
[[nodiscard]] std::vector<Average> list_averages(const model::Sde& sde,
                                                 const std::vector<model::Observable>& observables);

}  // namespace sgdflux::study
