#include "sample/sgd_schedule.hpp"

#include <cmath>
#include <iomanip>
#include <sstream>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

[[noreturn]] void out_of_range(const char* key, double value, std::int64_t step, const std::string& range) {
  std::ostringstream text;
  text << std::setprecision(10) << key << " is " << value << " at step " << step << "; it must be " << range;
  throw core::SettingsError(text.str());
}

bool has_epochs(const SgdOptions& options, const TrainingData& data) {
  return options.replacement != Replacement::on && !data.generated();
}

}  // namespace

SgdSchedule::SgdSchedule(const SgdOptions& options, const TrainingData& data)
    : eta_(options.eta),
      batch_(options.batch),
      eta_schedule_(options.eta_schedule),
      batch_schedule_(options.batch_schedule),
      epoch_rows_(has_epochs(options, data) ? data.x.rows() : 0) {
  if (epoch_rows_ > 0 && options.replacement == Replacement::stream) {
    last_ = single_pass();
  }
}

double SgdSchedule::eta(std::int64_t step) const {
  if (!eta_schedule_) {
    return eta_;
  }
  const double eta = eta_schedule_(step);
  if (!(eta >= 0 && std::isfinite(eta))) {
    out_of_range("sample.eta", eta, step, "finite and not negative");
  }
  return eta;
}

Index SgdSchedule::size(std::int64_t step) const {
  if (!batch_schedule_) {
    return batch_;
  }
  const Index largest = epoch_rows_ > 0 ? std::min(epoch_rows_, most_members) : most_members;
  const double size = batch_schedule_(step);
  if (!(size >= 0.5 && std::round(size) <= static_cast<double>(largest))) {
    out_of_range("sample.batch", size, step, "from 1 to " + std::to_string(largest));
  }
  return std::max<Index>(1, std::llround(size));
}

SgdStep SgdSchedule::next(SgdPosition& position) const {
  SgdStep step{position.step, eta(position.step), size(position.step), position.epoch, position.used};
  if (epoch_rows_ > 0 && step.offset + step.size > epoch_rows_) {
    ++step.epoch;
    step.offset = 0;
  }
  position = {position.step + 1, step.epoch, step.offset + (epoch_rows_ > 0 ? step.size : 0)};
  return step;
}

void SgdSchedule::seek(SgdPosition& position, std::int64_t step) const {
  if (epoch_rows_ == 0) {
    position = {step, 0, 0};
    return;
  }
  if (!batch_schedule_) {
    const Index batches = epoch_rows_ / batch_;
    position = {step, step / batches, step % batches * batch_};
    return;
  }
  if (position.step > step) {
    position = {};
  }
  while (position.step < step) {
    static_cast<void>(next(position));
  }
}

double SgdSchedule::time(std::int64_t steps) const {
  if (!eta_schedule_) {
    return eta_ * static_cast<double>(steps);
  }
  const std::lock_guard lock(mutex_);
  if (summed_steps_ > steps) {
    summed_steps_ = 0;
    summed_ = 0;
  }
  for (; summed_steps_ < steps; ++summed_steps_) {
    summed_ += eta(summed_steps_);
  }
  return summed_;
}

std::int64_t SgdSchedule::single_pass() const {
  if (!batch_schedule_) {
    return epoch_rows_ / batch_;
  }
  SgdPosition position;
  while (next(position).epoch == 0) {
  }
  return position.step - 1;
}

void SgdSchedule::check(std::int64_t from, std::int64_t steps) const {
  const std::int64_t most = last_ > 0 ? last_ : most_steps;
  if (from < 0 || steps < 0 || from + steps > most) {
    throw core::SettingsError("sample.steps: step " + std::to_string(from + steps) + " is asked for; " +
                              (last_ > 0 ? "the data end after " : "there are at most ") + std::to_string(most) +
                              " steps");
  }
}

}  // namespace sgdflux::sample
