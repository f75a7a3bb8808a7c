#include "solve/krylov_passes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sgdflux::solve {
namespace {

/// A solver that divides the residual by a factor in each iteration until it comes to its floor.
class Solver {
 public:
  Solver(double residual, double factor, double floor) : residual_(residual), factor_(factor), floor_(floor) {}

  void assess(StationaryResult& result) const {
    result.residual = result.relative_residual = residual_;
    result.converged = residual_ <= 1e-12;
  }
  void correct(double aim, int iterations, StationaryResult& result) {
    aims.push_back(aim);
    int k = 0;
    for (; k < iterations && residual_ > aim; ++k) {
      residual_ = std::max(floor_, residual_ / factor_);
    }
    result.iterations += k;
    result.reason = residual_ <= aim ? "converged" : "the iteration limit was reached";
  }
  void take_back() { ++taken_back; }

  std::vector<double> aims;
  int taken_back = 0;

 private:
  double residual_;
  double factor_;
  double floor_;
};

constexpr Passes in_forties{16, 0.9, 40};

/// An L1 error of 1e-11 at a gap of `gap` is wanted.
StationaryResult corrected(Solver& solver, double gap = 0) {
  StationaryResult result;
  StationaryOptions options;
  options.iterations = 400;
  options.wanted_error = 1e-11;
  options.known_gap = gap;
  correct(solver, in_forties, options, result);
  return result;
}

TEST(KrylovPasses, EndWhenTheResidualIsAccepted) {
  Solver solver(1, 10, 0);
  const StationaryResult result = corrected(solver);
  EXPECT_TRUE(result.converged);
  EXPECT_EQ(result.iterations, 13);
  EXPECT_EQ(solver.aims, std::vector<double>{0.9 * 1e-12});
}

TEST(KrylovPasses, GoOnUntilTheErrorIsAsWanted) {
  Solver solver(1, 10, 0);
  EXPECT_LE(corrected(solver, 1e-3).residual, 1e-14);
}

TEST(KrylovPasses, AskForNoResidualBelowRounding) {
  Solver solver(1, 10, 0);
  const StationaryResult result = corrected(solver, 1e-12);
  EXPECT_TRUE(result.converged);
  EXPECT_LT(result.residual, residual_floor);
  EXPECT_EQ(solver.aims, std::vector<double>{0.5 * residual_floor});
}

TEST(KrylovPasses, EndSoonWhereNothingHelpsAnyMore) {
  Solver solver(1, 10, 3e-15);
  const StationaryResult result = corrected(solver, 1e-12);
  EXPECT_TRUE(result.converged) << "it is accepted, though not what was wanted";
  EXPECT_LE(result.iterations, 3 * 40);
  EXPECT_GE(solver.taken_back, 1);
}

TEST(KrylovPasses, SayWhereTheyStoppedShort) {
  Solver solver(1, 10, 3e-7);
  const StationaryResult result = corrected(solver);
  EXPECT_FALSE(result.converged);
  EXPECT_EQ(result.reason, "the solver stopped at a true relative residual of 3e-07");
  EXPECT_LT(result.iterations, 400);
}

}  // namespace
}  // namespace sgdflux::solve
