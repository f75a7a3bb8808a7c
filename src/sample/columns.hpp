#pragma once
/// What is recorded of a path at one time, made from what the process lets observe.
#include "sgdflux/sample/sampler.hpp"

namespace sgdflux::sample {

/// Quantities, formulas, clipped quantities, and the single-step circulation of pairs of variables, in this order.
class Columns {
 public:
  Columns(const Process& process, const Plan& plan);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Products of all pairs of the first quantities (plan.paired), squares of the rest; none of circulations.
  [[nodiscard]] std::vector<std::pair<int, int>> products() const;
  /// Settles clipping and shift by the values of all paths at one time, paths × columns of unclipped values.
  void settle(const Batch& values);
  void settle(Settling settling) { settling_ = std::move(settling); }
  [[nodiscard]] const Settling& settling() const { return settling_; }

  /// Columns from the quantities now and one and two steps of `dt` before, the earlier first (fewer: circulations are
  /// 0). Rows × columns.
  [[nodiscard]] Batch values(const Batch& now, const std::vector<Batch>& before, double dt) const;
  /// Quantities with variables brought back into periodic axes.
  [[nodiscard]] Batch inside(Batch quantities) const;
  /// Whether circulations are recorded: they need two variables and two steps per record.
  [[nodiscard]] bool circulates() const;

 private:
  [[nodiscard]] int paired() const;
  [[nodiscard]] Eigen::ArrayXd winding(const Batch& from, const Batch& to, int a, int b, double time) const;
  void add_circulations(const Batch& now, const std::vector<Batch>& before, double dt, Batch& values) const;

  std::vector<std::string> names_;
  const Plan* plan_;
  int quantities_;
  int variables_;
  Settling settling_;
};

}  // namespace sgdflux::sample
