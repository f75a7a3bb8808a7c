#pragma once
/// Slowest eigenvalues of a generator with right and left eigenvectors.
#include <mpi.h>

#include <complex>
#include <limits>
#include <string>
#include <vector>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/solve/applied_generator.hpp"

namespace sgdflux::solve {

using Complex = std::complex<double>;

struct SpectrumProblem {
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  const fv::Generator& generator;
  /// Cells in play (owned, C order); the others are decoupled and never found. Empty: all.
  Eigen::Array<bool, Eigen::Dynamic, 1> active = {};
  /// Instead of rows and LU, with all cells in play; null: rows and LU. Every solve is then one of a Krylov method.
  const AppliedGenerator* applied = nullptr;
};

struct SpectrumOptions {
  int count = 8;     ///< eigenvalues wanted, members of a pair counted one by one; a pair is never cut: one more then
  double shift = 0;  ///< real σ > 0 of (L − σ)^{-1}, near the largest wanted frequency or a few times the wanted
                     ///< rates; 0: ten times (applied: five times) the slowest rate, then as approximations ask for
  double frequency = 0;  ///< w_c: modes are ranked by Re λ − rate·(|Im λ|/w_c)⁴; above all wanted frequencies; 0: 30 σ
  double target = 0;  ///< eigenvalues nearest to this real number instead, when `nearest` is set
  bool nearest = false;
  bool left = true;  ///< left eigenvectors from the transposed problem; without them (half the time) values are not
                     ///< refined and copies of a multiple eigenvalue may be missed
  double tolerance = 1e-12;  ///< not below 1e-10 where the problem is `applied`
  int iterations = 500;
};

/// A real eigenvalue, or the member of a pair with Im λ > 0 (the other one is its conjugate).
/// L v = λv, uᴴL = λuᴴ, Σ conj(u) v · (cell volume) = 1, ‖v‖₁ = Σ|v| · (cell volume) = 1; the phase is that which makes
/// the largest entry of v real and positive. For λ = 0: v the stationary density, u = 1.
struct Mode {
  Complex value;
  Eigen::ArrayXd right_real, right_imaginary;  ///< owned cells, per unit ξ-volume; imaginary empty when real
  Eigen::ArrayXd left_real, left_imaginary;    ///< empty unless asked for
  double right_residual = 0;                   ///< ‖Lv − λv‖₂ / ‖v‖₂, measured
  double left_residual = 0;                    ///< ‖Lᵀu − λ̄u‖₂ / ‖u‖₂, measured
  double condition = 0;  ///< ‖u‖₂‖v‖₂ / |uᴴv|: what perturbations of L are multiplied by; ≥ 1,
                         ///< infinite for a defective eigenvalue, which has no left vector here;
                         ///< 0 when left vectors were not asked for
  /// The larger of Σ|u||Lv − λv| and Σ|v||Lᵀu − λ̄u|, each times the cell volume: what the residuals allow λ to be off
  /// by, cell by cell, so that large residuals where u or v is tiny do not count. Infinite without a left vector.
  double uncertainty = std::numeric_limits<double>::infinity();
};

struct SpectrumResult {
  std::vector<Mode> modes;  ///< by decreasing real part, then increasing frequency
  bool converged = false;
  double shift = 0;      ///< as used
  double frequency = 0;  ///< as used
  int iterations = 0;
  long inner_iterations = 0;  ///< of Krylov methods in the place of LU
  std::string reason;
};

/// Krylov–Schur with one LU of L − σ; a second space of the transpose for the left vectors, matched by value; a third
/// one beside the modes found, for copies of multiple eigenvalues that the first has missed. A Rayleigh quotient with
/// both vectors refines each value. All modes of the matrix are found, also those that the mesh has added to the
/// equation's: see perturbation(). PETSc options prefix "spectrum_". Collective over `comm`.
/// @throws SettingsError when count exceeds the number of cells.
[[nodiscard]] SpectrumResult spectrum(MPI_Comm comm, const SpectrumProblem& problem, const SpectrumOptions& options);

/// uᴴEv/uᴴv for an operator E on the same cells: the first-order change of λ when E is added to L. Collective.
/// @throws InternalError when `mode` has no left vector.
[[nodiscard]] Complex perturbation(MPI_Comm comm, const SpectrumProblem& problem, const fv::Generator& change,
                                   const Mode& mode);
/// The same for an operator in any form that PETSc can multiply with, where the problem is `applied`.
[[nodiscard]] Complex perturbation(MPI_Comm comm, const SpectrumProblem& problem, Mat change, const Mode& mode);

}  // namespace sgdflux::solve
