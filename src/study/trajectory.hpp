#pragma once
/// One grid's density over time.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assembly.hpp"
#include "law.hpp"
#include "sgdflux/solve/positive_evolve.hpp"
#include "sgdflux/study/evolve.hpp"

namespace sgdflux::study {

/// Numbers recorded at the outputs: "value.<name>", "error.<name>" (truncation and solver), "smooth.<name>" (1 or 0,
/// see Quantity); NaN for what does not exist.
using Record = std::map<std::string, std::vector<double>>;

/// Least number of steps of a run with a schedule: its features are at least that long.
inline constexpr double schedule_resolution = 200;

/// What a limiter did, from the start to the last output that is done.
struct Limiting {
  double steps = 0;          ///< steps of the stepper
  double limited_steps = 0;  ///< of them, those in which some flux was cut
  double mass = 0;           ///< Σ over steps and faces of the mass that was not carried on
  double largest = 0;        ///< the largest share of one step
};

/// The density of a model on one grid, moved from output to output.
class Trajectory {
 public:
  Trajectory(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme,
             const EvolveOptions& options, const std::vector<model::Observable>& observables);

  /// Begins with the initial density, or with what a checkpoint kept of all cells after its record's outputs.
  void begin();
  void resume(const Eigen::ArrayXd& density, Record record, double step,
              const std::map<int, Eigen::ArrayXd>& snapshots);

  /// Runs through the outputs that are left, recording; `after` is called after each. Returns false when a solver
  /// failed; why() has the reason. Collective.
  bool run(double tolerance, double step, const std::function<void()>& after);

  [[nodiscard]] const Assembly& assembly() const { return assembly_; }
  [[nodiscard]] const observe::State& state() const { return state_; }      ///< mass 1, also where a wall takes mass
  [[nodiscard]] const Eigen::ArrayXd& density() const { return density_; }  ///< P(ξ) of the owned cells
  [[nodiscard]] const Record& record() const { return record_; }
  /// Why a quantity has no value, where that was said, by name.
  [[nodiscard]] const std::map<std::string, std::string>& reasons() const { return reasons_; }
  [[nodiscard]] int finished() const { return finished_; }
  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] std::string solver() const;  ///< what it did, in words
  [[nodiscard]] Audit audit() const;         ///< worst numbers over the outputs so far
  [[nodiscard]] const Limiting& limiting() const { return limiting_; }
  /// Densities P(ξ) of the owned cells at the outputs that were asked for, by position.
  [[nodiscard]] const std::map<int, Eigen::ArrayXd>& snapshots() const { return snapshots_; }

 private:
  bool propagate(double tolerance, const std::function<void()>& after);
  bool step_through(double tolerance, double step, const std::function<void()>& after);
  bool step_positive(double tolerance, double step, const std::function<void()>& after);
  [[nodiscard]] solve::PositiveProblem positive_problem() const;
  void note(const solve::PositiveStep& done);
  void record_limiting();
  void recall_limiting();
  [[nodiscard]] bool is_finite(const Eigen::ArrayXd& density) const;
  void accept(const Eigen::ArrayXd& density, double solver_error);
  void record(const std::string& name, double value, double error, bool smooth);
  void watch(double mass);
  [[nodiscard]] Eigen::ArrayXd owned_part(const Eigen::ArrayXd& whole) const;
  [[nodiscard]] fv::Generator generator_at(double time) const;
  [[nodiscard]] double last_output() const;  ///< the time of the last output that is done; 0 before the first

  const EvolveOptions& options_;
  const std::vector<model::Observable>& observables_;
  Assembly assembly_;
  observe::State state_;
  Eigen::ArrayXd density_;
  bool loses_;  ///< an absorbing wall takes mass
  Record record_;
  std::map<std::string, std::string> reasons_;
  int finished_ = 0;
  double step_ = 0;
  std::string inverse_;  ///< what takes the place of factors, in words; empty: nothing
  std::string why_;
  int solves_ = 0;
  int factorisations_ = 0;
  long iterations_ = 0;  ///< of what takes the place of factors in time steps
  std::map<int, Eigen::ArrayXd> snapshots_;
  Limiting limiting_;
};

}  // namespace sgdflux::study
