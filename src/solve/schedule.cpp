#include "schedule.hpp"

#include <array>

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

constexpr double shift_ratio = 4;  ///< of a, beyond which older factors are of no use

class FactoredSchedule final : public Schedule {
 public:
  FactoredSchedule(MPI_Comm comm, const EvolveProblem& problem) : generators_(comm, problem) {}

  SharedMatrix at(double time) override {
    const auto entry = generators_.at(time);
    return {entry, entry->matrix.get()};
  }
  void prepare(double time, double shift) override {
    const auto entry = generators_.at(time);
    factors_.reset();  // before the new ones need memory
    factors_ = std::make_unique<ScheduledGenerator::Factors>(generators_, *entry, shift);
    shift_ = shift;
  }
  bool adapt(double shift) override {
    const double ratio = shift / shift_;
    return factors_ && ratio <= shift_ratio && ratio >= 1 / shift_ratio;
  }
  void precondition(Vec b, Vec x) override { factors_->solve(b, x); }

 private:
  ScheduledGenerator generators_;
  std::unique_ptr<ScheduledGenerator::Factors> factors_;
  double shift_ = 1;
};

/// Like matrices, the last generators are kept: a stepper goes back and forth between few times.
class ApplicableSchedule final : public Schedule {
 public:
  explicit ApplicableSchedule(const AppliedSchedule& generators) : generators_(generators) {}

  SharedMatrix at(double time) override {
    for (const Entry& entry : entries_) {
      if (entry.matrix && entry.time == time) {
        return {entry.matrix, entry.matrix->matrix()};
      }
    }
    Entry& entry = entries_[next_];
    next_ = (next_ + 1) % entries_.size();
    entry = {time, generators_.matrix(time)};
    return {entry.matrix, entry.matrix->matrix()};
  }
  void prepare(double time, double shift) override {
    approximate_.reset();  // before the new one needs memory
    approximate_ = generators_.preconditioner(time);
    approximate_->set_shift(shift);
  }
  bool adapt(double shift) override {
    if (approximate_) {
      approximate_->set_shift(shift);
    }
    return approximate_ != nullptr;
  }
  void precondition(Vec b, Vec x) override {
    const Eigen::ArrayXd right = la::values(b);
    Eigen::ArrayXd result(right.size());
    approximate_->apply(right.data(), result.data());
    la::set_values(x, result);
  }

 private:
  struct Entry {
    double time = 0;
    std::shared_ptr<const MatrixFree> matrix;
  };

  const AppliedSchedule& generators_;
  std::array<Entry, 3> entries_;
  std::size_t next_ = 0;
  std::unique_ptr<la::Preconditioner> approximate_;
};

}  // namespace

std::unique_ptr<Schedule> make_schedule(MPI_Comm comm, const EvolveProblem& problem) {
  if (problem.applied != nullptr) {
    return std::make_unique<ApplicableSchedule>(*problem.applied);
  }
  return std::make_unique<FactoredSchedule>(comm, problem);
}

}  // namespace sgdflux::solve
