#pragma once
/// Many paths of a process, and what is recorded of them.
#include <mpi.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/core/formula.hpp"
#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/sample/process.hpp"
#include "sgdflux/sample/statistics.hpp"
#include "sgdflux/sample/tally.hpp"

namespace sgdflux::sample {

/// A formula of the quantities of a process.
struct NamedFormula {
  std::string name;
  std::shared_ptr<const core::Formula> formula;  ///< its symbols are the quantities of the process, in order
};

/// What the states at the end of the burn-in decide.
struct Settling {
  Eigen::ArrayXd shift;         ///< per column, taken off before products are summed
  Eigen::ArrayXd lower, upper;  ///< per quantity: where clipped moments are clipped
};

/// How many paths for how long, and what is kept of them.
struct Plan {
  Index paths = 1000;
  std::int64_t burn = 1000;    ///< steps before anything is recorded
  std::int64_t steps = 10000;  ///< steps after these; every `every`-th of them is recorded
  std::int64_t every = 10;
  int blocks = 0;      ///< blocks of time for errors and the burn-in check; 0: 8 with 64 paths or more, else 32
  Index width = 512;   ///< paths that are advanced together; no number depends on it
  Index history = 64;  ///< paths whose records are kept one by one, for correlations in time
  Index history_records = 8192;  ///< at most so many of each
  int paired = -1;   ///< covariances of all pairs of so many first quantities, variances of the others; −1: of all
  double clip = 10;  ///< clipped moments: quartiles at the end of the burn-in ± this many interquartile ranges
  std::vector<NamedFormula> formulas;
  /// Of the histograms, one per variable, or none; automatic ones are settled by the burn-in. Values of variables with
  /// a periodic axis are brought back into it.
  std::vector<mesh::AxisSpec> axes;
  std::optional<Settling> settling;  ///< that of another run, for differences from it
  /// @throws SettingsError naming sample.<field>, value and range.
  void validate() const;
  [[nodiscard]] std::int64_t records() const { return steps / every; }
  [[nodiscard]] int block_count() const;
  [[nodiscard]] std::int64_t block_begin(int block) const;  ///< first record of a block; of block_count(): records()
};

/// Bytes that a run takes on every rank of `ranks`.
[[nodiscard]] double memory(const Process& process, const Plan& plan, int ranks);

/// Histogram over some of the variables: one, or two as a C-ordered product.
struct Binning {
  std::vector<int> variables;
  Counts counts;  ///< cells × groups
  Eigen::Array<std::int64_t, Eigen::Dynamic, 1> total;
};

/// What was recorded, the same on every rank. Columns: quantities, formulas, then "clipped.<q>" of every quantity, and,
/// where there are several variables and every ≥ 2, "circulation.<a>.<b>" of every pair of them: (a_n − ⟨a⟩)(b_{n+1} −
/// b_n)/dt − (b_n − ⟨b⟩)(a_{n+1} − a_n)/dt over single steps, and "circulation_step.<a>.<b>": the same over two steps
/// at once less that, the leading bias of single steps.
struct Recording {
  std::vector<std::string> columns;
  Tally tally;
  Alive alive;
  Eigen::ArrayXd death;   ///< step after which a path was found to have diverged, −1 for those that live; shape paths
  Eigen::ArrayXd events;  ///< of the process, per path
  std::vector<double> times;             ///< of the snapshots: end of the burn-in, then the ends of the blocks
  std::vector<Batch> snapshots;          ///< paths × columns each
  std::vector<Eigen::ArrayXXd> history;  ///< per column, records × paths
  double record_time = 0;                ///< time between records, 0 where it varies
  std::vector<double> record_times;      ///< of the histories
  std::vector<mesh::AxisSpec> axes;
  std::vector<Binning> binnings;  ///< one variable: itself; two: both together, then each; more: each
  Settling settling;
  bool extinct = false;  ///< every path diverged, and the run ended there
  double end_time = 0;
};

/// A run that was cut: everything by name, rows are paths (of all ranks).
struct Checkpoint {
  std::map<std::string, Batch> arrays;
  int stage = 0;
};

struct Hooks {
  std::function<void(double)> progress;               ///< fraction done, rank 0 only; may be empty
  std::function<bool()> due;                          ///< whether to write a checkpoint now; collective
  std::function<void(const Checkpoint&)> checkpoint;  ///< collective; may be empty
  const Checkpoint* resume = nullptr;
};

/// Runs the paths of `plan`, dealt out to the ranks of `comm`. Paths that diverge (any number of their state is not
/// finite) are out of every average and histogram from the beginning. The same numbers for any number of ranks and any
/// width. Collective. @throws SettingsError.
[[nodiscard]] Recording run(MPI_Comm comm, const Process& process, const Plan& plan, const Hooks& hooks = {});

}  // namespace sgdflux::sample
