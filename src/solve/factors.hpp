#pragma once
/// Factors that outlive the problem they were computed for.
#include "stationary_work.hpp"

namespace sgdflux::solve {

/// The shifted scaled generator of one problem with its LU factors, and the slowest mode as last seen.
class Factors {
 public:
  /// Factorises. Collective.
  Factors(const Work& work, const StationaryProblem& problem)
      : matrix_(work.matrix(problem.generator, direct_shift)),
        solver_(matrix_.get(), matrix_.get(), la::Method::direct, "stationary_") {}

  [[nodiscard]] la::LinearSolver& solver() { return solver_; }
  Eigen::ArrayXd slowest;  ///< vector of the slowest mode on the owned cells
  double gap = 0;          ///< its rate, per unit time; 0: unknown

 private:
  la::Matrix matrix_;
  la::LinearSolver solver_;
};

}  // namespace sgdflux::solve
