#pragma once
/// What a time stepper asks of a generator that changes with time.
#include <petscmat.h>

#include <memory>
#include <type_traits>

#include "scheduled_generator.hpp"

namespace sgdflux::solve {

/// L(t) and what approximates (a − L)⁻¹. All members are collective.
class Schedule {
 public:
  using SharedMatrix = std::shared_ptr<std::remove_pointer_t<Mat>>;

  Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  virtual ~Schedule() = default;

  /// L(t), which stays as it is while it is held. Exceptions of the problem come out on every rank.
  [[nodiscard]] virtual SharedMatrix at(double time) = 0;
  /// From now on a − L(t) is what precondition() inverts, approximately.
  virtual void prepare(double time, double shift) = 0;
  /// The same with another a and the L of the last preparation; false when there is none, or it is of no use for a.
  [[nodiscard]] virtual bool adapt(double shift) = 0;
  virtual void precondition(Vec b, Vec x) = 0;
};

/// Rows and LU, or what the problem has in their place.
[[nodiscard]] std::unique_ptr<Schedule> make_schedule(MPI_Comm comm, const EvolveProblem& problem);

}  // namespace sgdflux::solve
