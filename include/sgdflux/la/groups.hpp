#pragma once
/// Ranks in groups that work side by side: the groups, what they share out, what they tell rank 0.
#include <petscsys.h>

#include <deque>
#include <exception>
#include <string>
#include <vector>

#include "sgdflux/la/handle.hpp"

namespace sgdflux::la {

/// Whether the objects that it is a member of are being destroyed by an exception. Then other ranks may not come along,
/// and what is freed collectively had better stay: the process is about to end.
class Unwinding {
 public:
  [[nodiscard]] explicit operator bool() const { return std::uncaught_exceptions() > before_; }

 private:
  int before_ = std::uncaught_exceptions();
};

/// The ranks of a communicator in contiguous groups of nearly equal size, the larger ones first, each with a
/// communicator of its own (PetscSubcomm).
class Groups {
 public:
  /// Collective over `comm`. @throws SettingsError unless 1 ≤ count ≤ size of `comm`.
  Groups(MPI_Comm comm, int count);
  ~Groups();
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  /// Of this rank's group; valid as long as this object.
  [[nodiscard]] MPI_Comm comm() const;
  /// Of this rank's group, from 0.
  [[nodiscard]] int index() const;
  [[nodiscard]] int count() const { return count_; }
  /// Whether all groups have the same number of ranks.
  [[nodiscard]] bool equal() const { return equal_; }

 private:
  Handle<PetscSubcomm, PetscSubcommDestroy> groups_;
  int count_;
  bool equal_;
  Unwinding unwinding_;
};

/// A number in the memory of rank 0 that every rank may add to without anybody's help (one-sided MPI). On one machine
/// it lies in shared memory and no rank waits; between machines whose network cannot do it alone, an addition waits
/// until rank 0 is next inside of MPI.
class SharedCounter {
 public:
  /// Begins at 0. Collective over `comm`.
  explicit SharedCounter(MPI_Comm comm);
  /// Collective.
  ~SharedCounter();
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;

  /// Adds `amount` in one indivisible step and returns the number before it. Not collective.
  [[nodiscard]] long fetch_add(long amount);

 private:
  MPI_Win window_ = MPI_WIN_NULL;
  Unwinding unwinding_;
};

/// Texts that the other ranks send to rank 0 without waiting for it. Those of one rank arrive in the order of sending.
class Letters {
 public:
  /// Collective over `comm`.
  explicit Letters(MPI_Comm comm);
  /// Waits until everything that this rank has sent is received. Collective.
  ~Letters();
  Letters(const Letters&) = delete;
  Letters& operator=(const Letters&) = delete;

  /// From a rank other than 0. Returns at once.
  void send(std::string text);
  /// On rank 0: whether a letter has arrived.
  [[nodiscard]] bool any() const;
  /// On rank 0: the next letter; waits for one.
  [[nodiscard]] std::string receive();

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  std::deque<std::string> sent_;  // must stay in place until they are received
  std::vector<MPI_Request> requests_;
  Unwinding unwinding_;
};

}  // namespace sgdflux::la
