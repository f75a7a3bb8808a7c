#include "paths.hpp"

#include <algorithm>
#include <limits>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::sample {

Paths::Paths(MPI_Comm comm, const Process& process, const Plan& plan)
    : comm_(comm),
      process_(process),
      plan_(plan),
      columns_(process, plan),
      share_(share(plan.paths, la::rank(comm), la::size(comm))),
      state_(process.start(share_.first, share_.count)),
      death_(Eigen::ArrayXd::Constant(share_.count, -1)) {}

int Paths::stages() const { return burn_stages + plan_.block_count(); }

void Paths::advance() {
  la::guard(comm_, [&] { stage_ < burn_stages ? burn_in() : record_block(); });
  ++stage_;
  if (stage_ == burn_stages) {
    settle();
  }
  if (stage_ >= burn_stages) {
    snapshots_.push_back(unrecorded_values());
  }
}

void Paths::burn_in() {
  const std::int64_t from = burn_begin(stage_);
  const std::int64_t steps = burn_begin(stage_ + 1) - from;
  for (Index begin = 0; begin < share_.count && steps > 0; begin += plan_.width) {
    const Index count = std::min(plan_.width, share_.count - begin);
    Batch state = state_.middleRows(begin, count);
    const auto workspace = process_.workspace(count);
    process_.advance(state, share_.first + begin, from, steps, workspace.get());
    state_.middleRows(begin, count) = state;
    note_deaths(begin, state, from + steps);
  }
}

Batch Paths::unrecorded_values() const { return columns_.values(process_.observe(state_), {}, 1); }

/// Clipping, shift and automatic axes come from all paths that are alive, the same on every rank.
void Paths::settle() {
  Batch values = unrecorded_values();
  for (Eigen::Index row = 0; row < values.rows(); ++row) {
    if (death_[row] >= 0) {
      values.row(row) = std::numeric_limits<double>::quiet_NaN();
    }
  }
  const Batch all = gathered(comm_, values);
  plan_.settling ? columns_.settle(*plan_.settling) : columns_.settle(all);
  start_recording(all.leftCols(process_.variables()));
}

void Paths::start_recording(const Batch& variables) {
  axes_ = settled_axes(plan_.axes, variables);
  tally_ = Tally({columns_.names(), columns_.products(), columns_.settling().shift}, share_.first, share_.count,
                 plan_.block_count());
  histograms_ = std::make_unique<Histograms>(axes_, plan_.paths, plan_.records());
  const auto records = std::min<Index>(plan_.records(), plan_.history_records);
  history_.assign(columns_.names().size(), Batch::Zero(history_rows(), records));
}

Index Paths::history_rows() const { return std::clamp<Index>(plan_.history - share_.first, 0, share_.count); }

void Paths::record_block() {
  for (Index begin = 0; begin < share_.count; begin += plan_.width) {
    record_batch(stage_ - burn_stages, begin, std::min(plan_.width, share_.count - begin));
  }
  const int block = stage_ - burn_stages;
  tally_.set_records(block, static_cast<double>(plan_.block_begin(block + 1) - plan_.block_begin(block)));
}

void Paths::record_batch(int block, Index begin, Index count) {
  Batch state = state_.middleRows(begin, count);
  const auto workspace = process_.workspace(count);
  visit_records(block, share_.first + begin, state, workspace.get(),
                [&](std::int64_t record, const Batch& now, const std::vector<Batch>& before) {
                  const std::int64_t step = plan_.burn + (record + 1) * plan_.every;
                  const double dt = process_.time(step) - process_.time(step - 1);
                  const Batch values = columns_.values(process_.observe(now), before, dt);
                  note_deaths(begin, now, step);
                  tally_.add(block, share_.first + begin, values);
                  histograms_->add(share_.first + begin, record, values, alive_rows(begin, count), 1);
                  keep_history(begin, record, values);
                });
  state_.middleRows(begin, count) = state;
}

/// Where circulations are recorded, the last two steps before a record are made one by one.
void Paths::visit_records(int block, Index first, Batch& state, Process::Workspace* workspace,
                          const Visit& visit) const {
  const std::int64_t single = columns_.circulates() ? 2 : 0;
  for (std::int64_t record = plan_.block_begin(block); record < plan_.block_begin(block + 1); ++record) {
    const std::int64_t from = plan_.burn + record * plan_.every;
    process_.advance(state, first, from, plan_.every - single, workspace);
    std::vector<Batch> before;
    for (std::int64_t k = single; k > 0; --k) {
      before.push_back(process_.observe(state));
      process_.advance(state, first, from + plan_.every - k, 1, workspace);
    }
    visit(record, state, before);
  }
}

void Paths::note_deaths(Index begin, const Batch& state, std::int64_t step) {
  const Alive finite = state.isFinite().rowwise().all();
  for (Eigen::Index row = 0; row < state.rows(); ++row) {
    if (!finite[row] && death_[begin + row] < 0) {
      death_[begin + row] = static_cast<double>(step);
    }
  }
}

void Paths::keep_history(Index begin, std::int64_t record, const Batch& values) {
  const Index rows = std::clamp<Index>(history_rows() - begin, 0, values.rows());
  if (rows == 0 || history_.empty() || record >= history_.front().cols()) {
    return;
  }
  for (std::size_t column = 0; column < history_.size(); ++column) {
    history_[column].col(record).segment(begin, rows) = values.col(static_cast<Eigen::Index>(column)).head(rows);
  }
}

bool Paths::extinct() const {
  const bool mine = (death_ >= 0).all();
  int all = mine ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_LAND, comm_);
  return all != 0;
}

}  // namespace sgdflux::sample
