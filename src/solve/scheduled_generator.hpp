#pragma once
/// Generators that change with time as matrices, and factors of a − L.
#include <array>
#include <memory>
#include <vector>

#include "sgdflux/la/linear_solver.hpp"
#include "sgdflux/solve/evolve.hpp"

namespace sgdflux::solve {

/// L(t) as matrices. A stepper goes back and forth between few times, so the last ones are kept; matrices are refilled,
/// and made anew only when an offset appears that they do not have. All members are collective.
class ScheduledGenerator {
 public:
  struct Entry {
    double time = 0;
    fv::Generator rows;
    la::Matrix matrix;
  };
  /// (a − L)^{-1} by LU, columns scaled to order 1.
  class Factors {
   public:
    Factors(const ScheduledGenerator& owner, const Entry& entry, double shift);
    void solve(Vec b, Vec x);

   private:
    la::Vector scale_;
    la::Matrix matrix_;
    la::LinearSolver solver_;
  };

  ScheduledGenerator(MPI_Comm comm, const EvolveProblem& problem) : comm_(comm), problem_(problem) {}
  /// Exceptions of problem.generator come out on every rank.
  [[nodiscard]] std::shared_ptr<const Entry> at(double time);

 private:
  void load(Entry& entry, fv::Generator rows) const;

  MPI_Comm comm_;
  const EvolveProblem& problem_;
  std::array<std::shared_ptr<Entry>, 3> entries_;
  std::size_t next_ = 0;
};

}  // namespace sgdflux::solve
