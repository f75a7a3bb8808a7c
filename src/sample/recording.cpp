/// From the paths of the ranks to what every rank knows of all, and to and from checkpoints.
#include <algorithm>
#include <cmath>

#include "paths.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"

namespace sgdflux::sample {
namespace {

const Batch& array(const Checkpoint& checkpoint, const std::string& name) {
  const auto found = checkpoint.arrays.find(name);
  if (found == checkpoint.arrays.end()) {
    throw core::FileError("the checkpoint has no array '" + name + "'");
  }
  return found->second;
}

std::string numbered(const std::string& name, std::size_t number) { return name + std::to_string(number); }

void sum_over_ranks(MPI_Comm comm, std::int64_t* values, Eigen::Index count) {
  MPI_Allreduce(MPI_IN_PLACE, values, static_cast<int>(count), MPI_INT64_T, MPI_SUM, comm);
}

}  // namespace

Batch Paths::whole(const Batch& part) const { return gathered(comm_, part); }

/// What a path counted before it diverged is subtracted by running it again: the numbers are a function of the path.
void Paths::take_back_dead() {
  for (Eigen::Index row = 0; row < share_.count; ++row) {
    if (death_[row] > static_cast<double>(plan_.burn)) {
      take_back(row);
    }
  }
}

void Paths::take_back(Index row) {
  Batch state = process_.start(share_.first + row, 1);
  const auto workspace = process_.workspace(1);
  process_.advance(state, share_.first + row, 0, plan_.burn, workspace.get());
  const int recorded = stage_ - burn_stages;
  const Alive one = Alive::Constant(1, true);
  for (int block = 0; block < recorded; ++block) {
    visit_records(block, share_.first + row, state, workspace.get(),
                  [&](std::int64_t record, const Batch& now, const std::vector<Batch>&) {
                    if (static_cast<double>(plan_.burn + (record + 1) * plan_.every) < death_[row]) {
                      histograms_->add(share_.first + row, record, columns_.inside(process_.observe(now)), one, -1);
                    }
                  });
  }
}

Recording Paths::recording() {
  Recording result;
  result.columns = columns_.names();
  result.death = whole(death_).col(0);
  result.alive = result.death < 0;
  result.events = whole(process_.events(state_)).col(0);
  result.end_time =
      process_.time(result.alive.any() ? plan_.burn + plan_.steps : static_cast<std::int64_t>(result.death.maxCoeff()));
  if (stage_ < burn_stages) {  // nothing was recorded: every path diverged before
    return result;
  }
  la::guard(comm_, [this] { take_back_dead(); });
  result.tally = Tally(tally_.layout(), 0, plan_.paths, tally_.blocks());
  for (int block = 0; block < tally_.blocks(); ++block) {
    result.tally.sums(block) = whole(tally_.sums(block));
    result.tally.set_records(block, tally_.records(block));
  }
  for (std::size_t k = 0; k < snapshots_.size(); ++k) {
    result.snapshots.push_back(whole(snapshots_[k]));
    const std::int64_t record = plan_.block_begin(static_cast<int>(k));
    result.times.push_back(process_.time(plan_.burn + record * plan_.every));
  }
  for (const Batch& column : history_) {
    result.history.emplace_back(whole(column).transpose());
  }
  const auto time_of = [&](std::int64_t record) { return process_.time(plan_.burn + (record + 1) * plan_.every); };
  for (Index record = 0; !history_.empty() && record < history_.front().cols(); ++record) {
    result.record_times.push_back(time_of(record));
  }
  const double first = time_of(0) - process_.time(plan_.burn);
  const double last = time_of(plan_.records() - 1) - time_of(plan_.records() - 2);
  result.record_time = std::abs(first - last) < 1e-6 * first ? process_.time(plan_.every) : 0;
  result.axes = axes_;
  result.binnings = histograms_->binnings();
  for (Binning& binning : result.binnings) {
    sum_over_ranks(comm_, binning.counts.data(), binning.counts.size());
    sum_over_ranks(comm_, binning.total.data(), binning.total.size());
  }
  result.settling = columns_.settling();
  return result;
}

Checkpoint Paths::checkpoint() {
  Checkpoint saved;
  saved.stage = stage_;
  saved.arrays["state"] = whole(state_);
  saved.arrays["death"] = whole(death_);
  if (stage_ < burn_stages) {
    return saved;
  }
  saved.arrays["shift"] = columns_.settling().shift;
  saved.arrays["lower"] = columns_.settling().lower;
  saved.arrays["upper"] = columns_.settling().upper;
  for (std::size_t d = 0; d < axes_.size(); ++d) {  // automatic axes were settled by states that are gone
    saved.arrays[numbered("axis", d)] = Eigen::Map<const Eigen::ArrayXd>(axes_[d].arguments.data(), 2);
  }
  for (int block = 0; block < stage_ - burn_stages; ++block) {
    saved.arrays[numbered("tally", static_cast<std::size_t>(block))] = whole(tally_.sums(block));
  }
  for (std::size_t k = 0; k < snapshots_.size(); ++k) {
    saved.arrays[numbered("snapshot", k)] = whole(snapshots_[k]);
  }
  for (std::size_t column = 0; column < history_.size(); ++column) {
    saved.arrays[numbered("history", column)] = whole(history_[column]);
  }
  for (std::size_t k = 0; k < histograms_->binnings().size(); ++k) {
    Binning binning = histograms_->binnings()[k];
    sum_over_ranks(comm_, binning.counts.data(), binning.counts.size());
    sum_over_ranks(comm_, binning.total.data(), binning.total.size());
    saved.arrays[numbered("counts", k)] = binning.counts.cast<double>();
    saved.arrays[numbered("total", k)] = binning.total.cast<double>();
  }
  return saved;
}

Batch Paths::rows(const Batch& all) const {
  const Index count = std::clamp<Index>(all.rows() - share_.first, 0, share_.count);
  return all.middleRows(std::min<Index>(share_.first, all.rows()), count);
}

void Paths::restore(const Checkpoint& saved) {
  stage_ = saved.stage;
  state_ = rows(array(saved, "state"));
  death_ = rows(array(saved, "death")).col(0);
  if (stage_ < burn_stages) {
    return;
  }
  columns_.settle({array(saved, "shift").col(0), array(saved, "lower").col(0), array(saved, "upper").col(0)});
  start_recording(Batch::Zero(1, process_.variables()));
  for (std::size_t d = 0; d < axes_.size(); ++d) {
    const Batch& bounds = array(saved, numbered("axis", d));
    axes_[d].arguments[0] = bounds(0, 0);
    axes_[d].arguments[1] = bounds(1, 0);
  }
  histograms_ = std::make_unique<Histograms>(axes_, plan_.paths, plan_.records());
  for (int block = 0; block < stage_ - burn_stages; ++block) {
    tally_.sums(block) = rows(array(saved, numbered("tally", static_cast<std::size_t>(block))));
    tally_.set_records(block, static_cast<double>(plan_.block_begin(block + 1) - plan_.block_begin(block)));
  }
  for (int k = 0; k <= stage_ - burn_stages; ++k) {
    snapshots_.push_back(rows(array(saved, numbered("snapshot", static_cast<std::size_t>(k)))));
  }
  for (std::size_t column = 0; column < history_.size(); ++column) {
    history_[column] = rows(array(saved, numbered("history", column)));
  }
  int rank = 0;
  MPI_Comm_rank(comm_, &rank);
  for (std::size_t k = 0; rank == 0 && k < histograms_->binnings().size(); ++k) {  // counts of all ranks are one rank's
    histograms_->binnings()[k].counts = array(saved, numbered("counts", k)).cast<std::int64_t>();
    histograms_->binnings()[k].total = array(saved, numbered("total", k)).col(0).cast<std::int64_t>();
  }
}

}  // namespace sgdflux::sample
