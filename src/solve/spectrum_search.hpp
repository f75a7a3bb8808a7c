#pragma once
/// Krylov–Schur for L and its transpose with one factorisation of L − σ.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/la/linear_solver.hpp"
#include "shifted_solver.hpp"
#include "spectrum_pairs.hpp"

namespace sgdflux::solve {

/// Which eigenvalues are wanted first.
struct Ranking {
  double rate = 1;
  double frequency = 1;
  bool nearest = false;
  double target = 0;
  /// Re λ − rate·(|Im λ|/frequency)⁴, or −|λ − target|.
  [[nodiscard]] double score(Complex value) const;
};

/// (L − σ)⁻¹ and its transpose, by LU or, for a generator without rows, by a Krylov method.
class ShiftInvert {
 public:
  /// Collective.
  ShiftInvert(const SpectrumOperator& op, double shift);
  [[nodiscard]] double shift() const { return shift_; }
  /// λ of an eigenvalue θ of (L − σ)⁻¹.
  [[nodiscard]] Complex value(Complex theta) const { return shift_ + 1. / theta; }
  /// @throws ConvergenceError when L − σ is singular. Collective.
  void apply(Side side, Vec x, Vec y);
  /// Relative residual of the solves from now on; factors have their own.
  void set_tolerance(double tolerance);
  [[nodiscard]] bool iterative() const { return krylov_ != nullptr; }
  [[nodiscard]] long iterations() const { return krylov_ ? krylov_->iterations() : 0; }  ///< of Krylov methods

 private:
  double shift_;
  la::Matrix matrix_;
  std::unique_ptr<la::LinearSolver> factors_;
  std::unique_ptr<ShiftedSolver> krylov_;
};

struct SearchOptions {
  int count = 1;  ///< members of pairs counted one by one
  double tolerance = 1e-12;
  int iterations = 500;
  Ranking ranking;
  bool may_move = false;                                    ///< give up early when another shift promises more
  unsigned seed = 0;                                        ///< of the start vector
  double above = -std::numeric_limits<double>::infinity();  ///< give up early when nothing scores more than this
};

struct Found {
  std::vector<Pair> pairs;
  bool converged = false;
  bool gave_up = false;     ///< nothing scores more than `above`
  int iterations = 0;       ///< restarts
  double better_shift = 0;  ///< > 0: the search gave up, the modes it saw need this shift
  std::string reason;
};

/// The first `count` eigenvalues of L (right) or Lᵀ (left) by ranking, purged modes apart; more when they came along.
/// Collective.
[[nodiscard]] Found search(const SpectrumOperator& op, ShiftInvert& inverse, Side side, const SearchOptions& options,
                           const Purge& purge);

}  // namespace sgdflux::solve
