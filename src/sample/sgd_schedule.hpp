#pragma once
/// Learning rates, batch sizes and the places of batches in epochs, step by step: the same for all paths.
#include <cstdint>
#include <functional>
#include <mutex>

#include "sgdflux/sample/sgd_process.hpp"

namespace sgdflux::sample {

/// Limits that let every random number have a place of its own in 64 bits (src/sample/minibatch.cpp).
inline constexpr std::int64_t most_steps = std::int64_t{1} << 40;
inline constexpr Index most_members = Index{1} << 20;
inline constexpr Index most_rows = Index{1} << 28;

/// One step of SGD: rows offset … offset + size − 1 of the epoch's order where there are epochs.
struct SgdStep {
  std::int64_t number = 0;
  double eta = 0;
  Index size = 1;
  Index epoch = 0;
  Index offset = 0;
};

/// Before step number `step`: the epoch under way and how many of its rows are used up.
struct SgdPosition {
  std::int64_t step = 0;
  Index epoch = 0;
  Index used = 0;
};

/// Without replacement, positions in the epoch advance by the batch sizes; a batch that does not fit into what is left
/// of the N rows starts the next epoch, and the rows left over are skipped. For constant batches that is floor(N/S)
/// steps per epoch.
class SgdSchedule {
 public:
  SgdSchedule(const SgdOptions& options, const TrainingData& data);
  /// The step at `position`, which moves behind it. @throws SettingsError when a schedule leaves its range there.
  [[nodiscard]] SgdStep next(SgdPosition& position) const;
  /// Moves to `step`: at once for constant batches, else by replaying the batch sizes, from step 0 if it lies behind.
  void seek(SgdPosition& position, std::int64_t step) const;
  /// Σ_{k < steps} η_k.
  [[nodiscard]] double time(std::int64_t steps) const;
  /// Steps of a single pass over a table; 0: endless.
  [[nodiscard]] std::int64_t last_step() const { return last_; }
  /// @throws SettingsError when the steps from … from + steps − 1 do not exist.
  void check(std::int64_t from, std::int64_t steps) const;

 private:
  [[nodiscard]] double eta(std::int64_t step) const;
  [[nodiscard]] Index size(std::int64_t step) const;
  [[nodiscard]] std::int64_t single_pass() const;

  double eta_;
  Index batch_;
  std::function<double(std::int64_t)> eta_schedule_;
  std::function<double(std::int64_t)> batch_schedule_;
  Index epoch_rows_;  ///< rows of an epoch; 0: every batch is drawn from the whole
  std::int64_t last_ = 0;
  /// The sum of learning rates as far as it was asked for; summed in the order of steps, so that it is the same
  /// number whatever was asked before.
  mutable std::mutex mutex_;
  mutable std::int64_t summed_steps_ = 0;
  mutable double summed_ = 0;
};

}  // namespace sgdflux::sample
