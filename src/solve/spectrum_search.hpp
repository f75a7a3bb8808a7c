#pragma once
/// Krylov–Schur for L and its transpose with one factorisation of L − σ.
#include <limits>
#include <string>
#include <vector>

#include "sgdflux/la/linear_solver.hpp"
#include "spectrum_operator.hpp"

namespace sgdflux::solve {

enum class Side { right, left };  ///< vectors of L or of Lᵀ

/// Which eigenvalues are wanted first.
struct Ranking {
  double rate = 1;
  double frequency = 1;
  bool nearest = false;
  double target = 0;
  /// Re λ − rate·(|Im λ|/frequency)⁴, or −|λ − target|.
  [[nodiscard]] double score(Complex value) const;
};

/// (L − σ)⁻¹ and its transpose.
class ShiftInvert {
 public:
  /// Collective.
  ShiftInvert(const SpectrumOperator& op, double shift);
  [[nodiscard]] double shift() const { return shift_; }
  /// λ of an eigenvalue θ of (L − σ)⁻¹.
  [[nodiscard]] Complex value(Complex theta) const { return shift_ + 1. / theta; }
  /// @throws ConvergenceError when L − σ is singular. Collective.
  void apply(Side side, Vec x, Vec y);

 private:
  double shift_;
  la::Matrix matrix_;
  la::LinearSolver solver_;
};

/// Of `pairs`, the members of conjugate ones counted twice.
struct Pair;
[[nodiscard]] int members(const std::vector<Pair>& pairs);

/// A real eigenvalue, or the member of a pair with Im λ > 0.
struct Pair {
  Complex value;
  Eigen::ArrayXcd vector;  ///< owned cells
  Eigen::ArrayXcd left;    ///< uᴴL = λuᴴ; empty until matched
};

/// ‖u‖‖v‖ / |uᴴv|; infinite without a left vector. Collective.
[[nodiscard]] double condition(const SpectrumOperator& op, const Pair& pair);

/// The oblique projector x ↦ x − V(UᵀV)⁻¹Uᵀx, V and U the real and imaginary parts of the right and left vectors of
/// `pairs`, or its transpose: what is left of a real field holds the other modes, further copies of a multiple
/// eigenvalue included.
class Purge {
 public:
  /// @param pairs with left vectors. Collective.
  Purge(const SpectrumOperator& op, Side side, const std::vector<Pair>& pairs);
  /// Collective.
  void apply(Eigen::ArrayXd& x) const;
  [[nodiscard]] bool empty() const { return span_.cols() == 0; }
  [[nodiscard]] bool sound() const { return sound_; }  ///< false next to defective eigenvalues: not to be used

 private:
  MPI_Comm comm_;
  bool sound_ = true;
  Eigen::MatrixXd span_;
  Eigen::MatrixXd dual_;
};

struct SearchOptions {
  int count = 1;  ///< members of pairs counted one by one
  double tolerance = 1e-12;
  int iterations = 500;
  Ranking ranking;
  bool may_move = false;  ///< give up early when another shift promises more
  unsigned seed = 0;      ///< of the start vector
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
