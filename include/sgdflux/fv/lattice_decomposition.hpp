#pragma once
/// Diffusion tensors as sums of rank-one terms along lattice offsets.
#include <array>

#include "sgdflux/core/types.hpp"
#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::fv {

/// A tensor in units of cells: D_ij = A_ij/(h_i h_j).
using LatticeTensor =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, core::max_dimension, core::max_dimension>;

/// D + floor·tr(D)·1 = Σ_k weight_k e_k e_kᵀ with integer offsets e_k and weights > 0. One offset of every pair ±e is
/// listed, the one whose first entry other than 0 is positive.
struct LatticeTerms {
  static constexpr int capacity = core::max_dimension * (core::max_dimension + 1) / 2;
  int size = 0;
  std::array<mesh::Cell, capacity> offset{};
  std::array<double, capacity> weight{};
  double floor = 0;  ///< relative to tr(D); 0 where D is decomposed as it is
  int radius = 0;    ///< largest |entry| of an offset
};

/// Which tensors are floored: those that no short offsets can represent.
struct LatticeLimits {
  /// Ratio of eigenvalues up to which a tensor is decomposed as it is. Offsets grow like its square root.
  double anisotropy = 2e4;
  double floor = 1e-3;  ///< share of the trace that is added to every direction beyond
  std::array<int, core::max_dimension> radius{100, 100, 100, 100};  ///< cap of the offsets' entries along each axis
};

/// Voronoi's first reduction (Voronoi 1908) of a symmetric positive semi-definite tensor in 1 to 4 dimensions: among
/// all decompositions with weights ≥ 0 the one that maximises Σ_k weight_k, hence with short offsets, consistent and
/// monotone (Bonnans, Ottenwaelter & Zidani 2004; Fehrenbach & Mirebeau 2014; Bonnans, Bonnet & Mirebeau 2022). In 2
/// and 3 dimensions it is Selling's formula. The tensor is brought into a reduced lattice basis first; there the dual
/// linear programme, minimise ⟨M, D⟩ over forms M with eᵀMe ≥ 1, is walked from perfect form to perfect form. Tensors
/// beyond `limits.anisotropy` are floored by `limits.floor`; one with an offset beyond a cap by a tenth of that, or
/// what it has, doubled until none is. A zero tensor has no terms. Pure, and the same whatever was decomposed before.
/// @throws SettingsError when D is not symmetric positive semi-definite to 1e−10 of its largest entry, or not finite.
[[nodiscard]] LatticeTerms decompose(const LatticeTensor& tensor, const LatticeLimits& limits = {});

}  // namespace sgdflux::fv
