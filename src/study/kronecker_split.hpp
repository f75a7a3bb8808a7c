#pragma once
/// Two groups of variables that interact little: what la::KroneckerSum inverts.
#include <Eigen/Core>
#include <optional>
#include <vector>

#include "assembly.hpp"

namespace sgdflux::study {

/// Groups of axes, and how much of the model a Kronecker sum of their own generators leaves out.
struct Split {
  std::vector<int> first, second;  ///< axes, ascending; the first group has axis 0
  core::Index first_cells = 0;
  core::Index second_cells = 0;
  /// What changes when the variables of the other group are held at `point`: of the drift √(Σ_i⟨δB_i²⟩/Σ_i⟨B_i²⟩), B_i
  /// in units of axis i, and of the noise the same of A_ij, correlations across the groups being lost; the larger one
  /// of the two. Means over a normal law around `point` whose width is a sixth of the half-widths of the axes.
  double neglected = 0;
  Eigen::VectorXd point;  ///< mean of the density where it is known, else the model's typical point
};

/// Cells of a group up to which its Schur form is affordable (half a minute, 200 MB).
inline constexpr core::Index most_group_cells = 5000;

/// Pairs of axes in four dimensions, a pair and a single axis in three: of those with groups that are small enough the
/// one that neglects least. Empty in one and two dimensions, for groups that are too large, and where something
/// absorbs. Not collective; every rank comes to the same answer. @throws SettingsError for NaN coefficients.
[[nodiscard]] std::optional<Split> kronecker_split(const Assembly& assembly);

/// Generators of the groups on their own lattices (C order of their axes), the other variables being held: fluxes of
/// the same order and damping as the assembly's, dense.
struct GroupGenerators {
  Eigen::MatrixXd first;
  Eigen::MatrixXd second;
};
/// Not collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] GroupGenerators group_generators(const Assembly& assembly, const Split& split);

/// What the inverse of a Kronecker sum costs (docs/benchmarks.md), groups without mirror symmetry: with it about half
/// the seconds of an application, a quarter of those of the set-up, half the bytes of the forms.
struct KroneckerCost {
  double bytes = 0;                ///< on all ranks together, at its peak, fields and dense generators included
  double setup_seconds = 0;        ///< Schur forms
  double application_seconds = 0;  ///< ranks on cores of their own
};
[[nodiscard]] KroneckerCost kronecker_cost(core::Index first_cells, core::Index second_cells, int ranks);

}  // namespace sgdflux::study
