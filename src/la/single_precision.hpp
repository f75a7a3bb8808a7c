#pragma once
/// The few routines of BLAS and LAPACK in single precision that PETSc's headers do not declare.
#include <Eigen/Core>

namespace sgdflux::la {

/// Whether a factor of a product is transposed.
enum class Op : char { plain = 'N', transposed = 'T' };

/// A block of a matrix that is stored by columns.
template <class Scalar>
struct Block {
  Scalar* data;
  Eigen::Index rows, columns;
  Eigen::Index stride;  ///< from column to column
  [[nodiscard]] Block part(Eigen::Index row, Eigen::Index column, Eigen::Index height, Eigen::Index width) const {
    return {data + row + column * stride, height, width, stride};
  }
};
using FloatBlock = Block<float>;
using ConstFloatBlock = Block<const float>;

[[nodiscard]] inline FloatBlock block_of(Eigen::MatrixXf& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), matrix.rows()};
}
[[nodiscard]] inline ConstFloatBlock block_of(const Eigen::MatrixXf& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols(), matrix.rows()};
}
[[nodiscard]] inline ConstFloatBlock constant(const FloatBlock& block) {
  return {block.data, block.rows, block.columns, block.stride};
}

/// C = op(A) op(B) + keep·C, keep 0 or 1. Empty blocks are allowed.
void multiply(const ConstFloatBlock& a, Op op_a, const ConstFloatBlock& b, Op op_b, float keep, const FloatBlock& c);

/// A = Q S Qᵀ: S quasi-triangular takes the place of A, 2 × 2 blocks have equal diagonals and off-diagonals of opposite
/// signs. @throws ConvergenceError when the QR iteration fails.
void real_schur(const FloatBlock& a, const FloatBlock& q);

}  // namespace sgdflux::la
