#pragma once
/// Real Schur forms of dense generators, with what is known of them split off exactly.
#include <mpi.h>

#include <vector>

#include "single_precision.hpp"

namespace sgdflux::la {

using Eigen::Index;

/// An invariant part of a matrix in its own coordinates: A = Q S Qᵀ.
struct SchurSector {
  Index begin;           ///< first of its coordinates
  Eigen::MatrixXf form;  ///< S, upper quasi-triangular
  Eigen::MatrixXf vectors;
  [[nodiscard]] Index size() const { return form.rows(); }
  [[nodiscard]] Index end() const { return begin + size(); }
  /// Whether a 2 × 2 block of S stands in rows `row` and row + 1.
  [[nodiscard]] bool pair_at(Index row) const { return row + 1 < size() && form(row + 1, row) != 0; }
};

/// A matrix that commutes with the reversal of the order of its cells (reflection of all axes at once) falls apart into
/// what it does to even and to odd functions: (x_k ± x_{n−1−k})/√2, the even ones first, odd ones in reversed order.
/// That halves the cost of everything. Where all columns sum to zero, the left null vector 1 is turned into the last
/// even coordinate: there S has a row of zeros, not of rounding.
class SchurForm {
 public:
  /// Generator of a group of variables, square. Not collective. Forms are still to be computed: see schur_forms.
  explicit SchurForm(const Eigen::MatrixXd& a);
  [[nodiscard]] const std::vector<SchurSector>& sectors() const { return sectors_; }
  [[nodiscard]] std::vector<SchurSector>& sectors() { return sectors_; }
  [[nodiscard]] Index size() const { return size_; }
  /// Whether columns sum to zero.
  [[nodiscard]] bool conserves() const { return conserves_; }
  /// Replaces the sector, which holds the matrix itself so far, by its Schur form. @throws ConvergenceError.
  void reduce(std::size_t sector);
  /// To even and odd parts, and back, of every column or every row of `x`.
  void fold_columns(const FloatBlock& x) const;
  void fold_rows(const FloatBlock& x) const;
  [[nodiscard]] double bytes() const;

 private:
  [[nodiscard]] Eigen::VectorXf ones() const;

  Index size_;
  bool conserves_;
  bool mirrored_;
  std::vector<SchurSector> sectors_;
};

/// The forms of one or two generators, their sectors computed by ranks in turn. Collective over `comm`.
/// @throws ConvergenceError on every rank.
void reduce(MPI_Comm comm, const std::vector<SchurForm*>& forms);

}  // namespace sgdflux::la
