#pragma once
/// Eigenvalues with vectors from either side, and the projector that splits them off.
#include <vector>

#include "spectrum_operator.hpp"

namespace sgdflux::solve {

enum class Side { right, left };  ///< vectors of L or of Lᵀ

/// A real eigenvalue, or the member of a pair with Im λ > 0.
struct Pair {
  Complex value;
  Eigen::ArrayXcd vector;  ///< owned cells
  Eigen::ArrayXcd left;    ///< uᴴL = λuᴴ; empty until matched
};

/// How many eigenvalues `pairs` are, the members of conjugate ones counted one by one.
[[nodiscard]] int members(const std::vector<Pair>& pairs);

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
  [[nodiscard]] bool sound() const { return sound_; }  ///< false next to defective eigenvalues: not to be used

 private:
  MPI_Comm comm_;
  bool sound_ = true;
  Eigen::MatrixXd span_;
  Eigen::MatrixXd dual_;
};

}  // namespace sgdflux::solve
