#pragma once
/// A random process in discrete steps that many independent paths follow: an integrated SDE, or SGD itself.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/types.hpp"

namespace sgdflux::sample {

using core::Batch;
using core::BatchView;
using core::Index;

/// Paths are numbered from 0, steps from 0. Everything random about path k in step n is a function of (seed, k, n): the
/// numbers of a path depend neither on which paths are computed together nor on where a computation was cut in time.
/// Objects are immutable and never collective.
class Process {
 public:
  /// What advance() may keep between calls for speed. It is no part of the state: numbers do not depend on it.
  struct Workspace {
    virtual ~Workspace() = default;
  };

  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// What can be observed of a path, in the order of observe(): the model's variables first, then derived quantities.
  [[nodiscard]] const std::vector<std::string>& quantities() const { return quantities_; }
  /// How many of them are the model's variables.
  [[nodiscard]] int variables() const { return variables_; }
  /// One line for reports: which steps are made, of which order.
  [[nodiscard]] virtual std::string words() const = 0;
  /// Numbers per path that the future depends on.
  [[nodiscard]] virtual int state_size() const = 0;
  /// Time after that many steps, in the units of the model.
  [[nodiscard]] virtual double time(std::int64_t steps) const = 0;
  /// Steps after which there is no more data (single-pass streams of a file); 0: never.
  [[nodiscard]] virtual std::int64_t last_step() const { return 0; }

  /// States of paths first … first + count − 1 before step 0, count × state_size.
  [[nodiscard]] virtual Batch start(Index first, Index count) const = 0;
  /// For blocks of `count` paths; may be null.
  [[nodiscard]] virtual std::unique_ptr<Workspace> workspace(Index count) const;
  /// Makes the steps from, from + 1, …, from + steps − 1 of paths first, first + 1, …: one per row of `state`. A path
  /// that explodes turns into inf or NaN and stays so. `workspace` is null or comes from workspace(state.rows()).
  virtual void advance(Batch& state, Index first, std::int64_t from, std::int64_t steps,
                       Workspace* workspace) const = 0;
  /// Values of quantities(), rows × quantities.
  [[nodiscard]] virtual Batch observe(const Batch& state) const = 0;
  /// Steps so far, per path, that were too large for the method and had to be divided; counted in the state.
  [[nodiscard]] virtual Eigen::ArrayXd events(const Batch& state) const;

 protected:
  Process(std::vector<std::string> quantities, int variables)
      : quantities_(std::move(quantities)), variables_(variables) {}

 private:
  std::vector<std::string> quantities_;
  int variables_;
};

}  // namespace sgdflux::sample
