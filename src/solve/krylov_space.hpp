#pragma once
/// Arnoldi spaces of the shifted inverse (1 − σL)^{-1}: what exponentials and resolvents of L are taken from.
#include <Eigen/Core>
#include <memory>
#include <optional>
#include <string>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/linear_solver.hpp"
#include "sgdflux/solve/propagate.hpp"
#include "shifted_solver.hpp"

namespace sgdflux::solve {

using Array = Eigen::ArrayXd;

/// L and (1 − σL)^{-1} on the owned cells, for vectors whose entries sum to zero if L conserves mass (every column of L
/// sums to zero). There the mass of a result is made zero again: the rounding of a solve along the left null vector is
/// of order ε σ‖L‖ and would not decay. The correction is a multiple of |x|, small in relative terms in every cell. All
/// members are collective.
class ShiftedInverse {
 public:
  ShiftedInverse(MPI_Comm comm, const PropagateProblem& problem);
  /// Factorises 1 − σL unless σ is the last one.
  void set_pole(double sigma);
  [[nodiscard]] double pole() const { return sigma_; }
  [[nodiscard]] int factorisations() const { return factorisations_; }
  [[nodiscard]] int solves() const { return solves_; }
  /// L v.
  [[nodiscard]] Array apply(const Array& v) const;
  /// (1 − σL)^{-1} v; nothing when the solver failed, failure() says why.
  [[nodiscard]] std::optional<Array> solve(const Array& v);
  [[nodiscard]] std::string failure() const;
  /// Makes the entries of v sum to zero if L conserves mass.
  void remove_mass(Array& v) const;
  [[nodiscard]] double norm(const Array& v) const;
  [[nodiscard]] MPI_Comm comm() const { return comm_; }

 private:
  MPI_Comm comm_;
  const PropagateProblem& problem_;
  Array rates_;  ///< Σ_k |L_ck| of each row
  la::Vector x_;
  la::Vector y_;
  [[nodiscard]] Mat op() const { return problem_.applied != nullptr ? problem_.applied->matrix : operator_.get(); }
  [[nodiscard]] bool conserves() const;

  la::Matrix operator_;
  bool conservative_ = false;
  double sigma_ = 0;
  Array scale_;  ///< 1/(1 + σ rates): columns of the factorised matrix are of order 1
  la::Matrix shifted_;
  std::unique_ptr<la::LinearSolver> factors_;
  std::unique_ptr<ShiftedSolver> krylov_;
  int factorisations_ = 0;
  int solves_ = 0;
};

/// Orthonormal v₁ = b/‖b‖, …, v_{m+1} with (1 − σL)^{-1} V_m = V_{m+1} H, H upper Hessenberg (m + 1) × m.
class KrylovSpace {
 public:
  /// At most `largest` vectors of V_m. `start` is not zero. Collective, as extend() is.
  KrylovSpace(ShiftedInverse& inverse, const Array& start, int largest);
  /// One more vector; false when the space is closed or full or the solver failed.
  bool extend();
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] double sigma() const { return sigma_; }
  [[nodiscard]] bool closed() const { return closed_; }  ///< V_m is invariant up to rounding: results are exact
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] double norm() const { return norm_; }  ///< of the start
  /// The leading (m + 1) × m part of H, m ≤ size().
  [[nodiscard]] Eigen::MatrixXd hessenberg(int m) const { return hessenberg_.topLeftCorner(m + 1, m); }
  /// Σ c_j v_j over the first c.size() ≤ m + 1 vectors.
  [[nodiscard]] Array combine(const Eigen::VectorXd& c) const;

 private:
  /// Makes w orthogonal to the first m vectors, twice, and returns the coefficients.
  [[nodiscard]] Eigen::VectorXd orthogonalise(Array& w, int m) const;

  ShiftedInverse& inverse_;
  double sigma_;
  double norm_;
  int size_ = 0;
  bool closed_ = false;
  bool failed_ = false;
  Eigen::MatrixXd basis_;
  Eigen::MatrixXd hessenberg_;
};

}  // namespace sgdflux::solve
