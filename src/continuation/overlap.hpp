#pragma once
/// How much of one spectrum's eigenfunctions is in another's.
#include <mpi.h>

#include <Eigen/Core>
#include <vector>

#include "sgdflux/study/spectrum.hpp"

namespace sgdflux::continuation {

/// A real eigenvalue or a pair, by positions in SpectrumAnswer::eigenvalues.
struct Unit {
  int first = 0;
  int size = 1;  ///< 2 for a pair: first has Im > 0
};

/// In the order of the fields eigenfunction/<k>.
[[nodiscard]] std::vector<Unit> units(const study::SpectrumAnswer& answer);

/// Which eigenvalues have left and right vectors in the fields of `answer`.
[[nodiscard]] std::vector<bool> with_vectors(const study::SpectrumAnswer& answer);

/// Whether cells of the two answers can be compared one by one.
[[nodiscard]] bool same_cells(const study::SpectrumAnswer& before, const study::SpectrumAnswer& after);

/// w_ij = |R_ij| / max(1, Σ_k|R_ik|, Σ_k|R_kj|), R_ij = ⟨u_i, v'_j⟩⟨u'_j, v_i⟩, ⟨u_i, v_i⟩ = 1, all cell by cell in ξ.
/// R does not depend on how vectors are scaled, and Σ_j R_ij = 1 where the spaces go on as a whole. Next to an
/// exceptional point, where u_i ⊥ v_i and two columns of R grow without bound, w tends to equal shares of the modes
/// that merge. Shape eigenvalues × eigenvalues; 0 where vectors are missing. Needs same_cells. Collective.
[[nodiscard]] Eigen::ArrayXXd squared_overlaps(MPI_Comm comm, const study::SpectrumAnswer& before,
                                               const study::SpectrumAnswer& after);

}  // namespace sgdflux::continuation
