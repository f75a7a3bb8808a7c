#pragma once
/// Generators of a schedule without rows, with what approximates their inverses.
#include <functional>
#include <memory>
#include <string>

#include "applied_operator.hpp"
#include "sgdflux/solve/evolve.hpp"

namespace sgdflux::study {

/// What time steppers need beyond the size of factors: the model at each time on the grid of an assembly.
class ScheduledOperator {
 public:
  using Models = std::function<std::unique_ptr<model::Sde>(double time)>;

  /// Null where there is no approximate_inverse(). @param models of the schedule; empty: the assembly's own at every
  /// time. The assembly must outlive the result. Collective.
  [[nodiscard]] static std::unique_ptr<ScheduledOperator> make(const Assembly& assembly, Models models, Way way);
  /// By way_beyond_factors(); else null. Collective.
  [[nodiscard]] static std::unique_ptr<ScheduledOperator> beyond_factors(const Assembly& assembly, Models models);
  ScheduledOperator(const ScheduledOperator&) = delete;
  ScheduledOperator& operator=(const ScheduledOperator&) = delete;

  [[nodiscard]] const solve::AppliedSchedule& generators() const { return generators_; }
  /// In words: "FGMRES with geometric multigrid (7 levels), no matrix".
  [[nodiscard]] std::string name() const;

 private:
  struct Moment;
  struct Applied;

  ScheduledOperator(const Assembly& assembly, Models models, Way way);
  [[nodiscard]] std::shared_ptr<Moment> moment(double time) const;
  [[nodiscard]] std::unique_ptr<la::Preconditioner> make_preconditioner(double time);

  const Assembly& assembly_;
  Models models_;
  Way way_;
  std::string name_;  ///< of the last preconditioner
  solve::AppliedSchedule generators_;
};

}  // namespace sgdflux::study
