#pragma once
/// The generator as an operator on complex fields, and the slowest rate at which it relaxes.
#include <complex>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/solve/spectrum.hpp"

namespace sgdflux::solve {

/// L, with a decay faster than any other on the diagonal of the cells out of play.
class SpectrumOperator {
 public:
  /// Collective.
  SpectrumOperator(MPI_Comm comm, const SpectrumProblem& problem);
  [[nodiscard]] MPI_Comm comm() const { return comm_; }
  [[nodiscard]] Mat matrix() const { return problem_.applied != nullptr ? problem_.applied->matrix : matrix_.get(); }
  [[nodiscard]] const SpectrumProblem& problem() const { return problem_; }
  [[nodiscard]] double volume() const { return volume_; }
  /// 1 in the cells in play, 0 in the others.
  [[nodiscard]] const Eigen::ArrayXd& in_play() const { return in_play_; }
  /// Σ_k |L_ck| of each row: the rate of the cell; positive.
  [[nodiscard]] const Eigen::ArrayXd& rates() const { return rates_; }

  [[nodiscard]] Eigen::ArrayXcd apply(const Eigen::ArrayXcd& v) const;            ///< L v
  [[nodiscard]] Eigen::ArrayXcd apply_transpose(const Eigen::ArrayXcd& u) const;  ///< Lᵀ u

  [[nodiscard]] double norm1(const Eigen::ArrayXcd& v) const;  ///< Σ|v|
  [[nodiscard]] double norm2(const Eigen::ArrayXcd& v) const;
  [[nodiscard]] Complex dot(const Eigen::ArrayXcd& u, const Eigen::ArrayXcd& v) const;  ///< uᴴv

 private:
  template <class Multiply>
  Eigen::ArrayXcd multiply(const Eigen::ArrayXcd& v, const Multiply& product) const;

  MPI_Comm comm_;
  const SpectrumProblem& problem_;
  double volume_;
  Eigen::ArrayXd in_play_;
  Eigen::ArrayXd rates_;
  la::Matrix matrix_;
  la::Vector x_;
  la::Vector y_;
};

/// |λ| of the slowest mode but the leading one, by inverse iteration with Wielandt's deflation; the geometric mean
/// averages over the turns of a pair, so that this is an estimate. Collective.
/// @throws ConvergenceError when the factorisation fails.
[[nodiscard]] double slowest_rate(const SpectrumOperator& op);

}  // namespace sgdflux::solve
