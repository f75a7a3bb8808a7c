#pragma once
/// The paths of one rank while they run.
#include "binning.hpp"
#include "columns.hpp"
#include "gather.hpp"

namespace sgdflux::sample {

/// Everything of the paths [share.first, share.first + share.count) that is recorded on the way. Batches in turn are
/// carried through one stage of time (the burn-in's parts, then the blocks), then the next.
class Paths {
 public:
  Paths(MPI_Comm comm, const Process& process, const Plan& plan);

  [[nodiscard]] int stages() const;
  [[nodiscard]] int stage() const { return stage_; }
  /// Carries all paths through the next stage. Collective.
  void advance();
  /// Whether no path of any rank is alive. Collective.
  [[nodiscard]] bool extinct() const;
  [[nodiscard]] Recording recording();
  [[nodiscard]] Checkpoint checkpoint();
  void restore(const Checkpoint& checkpoint);

 private:
  static constexpr int burn_stages = 8;
  using Visit = std::function<void(std::int64_t record, const Batch& state, const std::vector<Batch>& before)>;

  [[nodiscard]] Batch rows(const Batch& all) const;
  [[nodiscard]] std::int64_t burn_begin(int part) const { return plan_.burn * part / burn_stages; }
  void burn_in();
  void settle();
  void start_recording(const Batch& variables);
  void record_block();
  void record_batch(int block, Index begin, Index count);
  void visit_records(int block, Index first, Batch& state, Process::Workspace* workspace, const Visit& visit) const;
  void note_deaths(Index begin, const Batch& state, std::int64_t step);
  void keep_history(Index begin, std::int64_t record, const Batch& values);
  void take_back_dead();
  void take_back(Index row);
  [[nodiscard]] Alive alive_rows(Index begin, Index count) const { return death_.segment(begin, count) < 0; }
  [[nodiscard]] Batch unrecorded_values() const;
  [[nodiscard]] Index history_rows() const;
  [[nodiscard]] Batch whole(const Batch& part) const;

  MPI_Comm comm_;
  const Process& process_;
  const Plan& plan_;
  Columns columns_;
  Share share_;
  int stage_ = 0;
  Batch state_;
  Eigen::ArrayXd death_;
  Tally tally_;
  std::vector<mesh::AxisSpec> axes_;
  std::unique_ptr<Histograms> histograms_;
  std::vector<Batch> snapshots_;
  std::vector<Batch> history_;  ///< per column, own history paths × records
};

}  // namespace sgdflux::sample
