#pragma once
/// Sweeps of line solves for two-point fluxes with noise along one axis.
#include <mpi.h>

#include <memory>
#include <vector>

#include "sgdflux/la/box_gather.hpp"
#include "sgdflux/la/face_rates.hpp"
#include "sgdflux/la/preconditioner.hpp"

namespace sgdflux::la {

/// One symmetric block Gauss–Seidel sweep for σ − L = D + D₋ + D₊, z = (D + D₊)⁻¹ D (D + D₋)⁻¹ r, where D are the
/// lines of cells along one axis, solved exactly, D₋ and D₊ what enters a line from the ones before and after it in C
/// order. Where drift alone moves probability across the lines, up to there and back again from here, a sweep follows
/// it all the way: as many iterations are needed as oscillations live, not as there are cells. Diffusion across the
/// lines is what it is slow for. Regular where σ = 0, since L is not what it inverts.
///
/// Each rank sweeps over its own box and 32 cells of its neighbours, or over all of a small lattice that is not much
/// more than that, and keeps its own cells (restricted additive Schwarz). Lᵀ has a sweep of its own. Where σ = 0 and r
/// has zero sum, z has some mass: that of what L keeps.
class LineGaussSeidel final : public Preconditioner {
 public:
  /// Larger lattices are never swept over as a whole by every rank.
  static constexpr core::Index shared_cells = core::Index{1} << 18;

  /// @param faces of box(), one entry per axis. Collective; `comm` must outlive it.
  /// @throws InternalError for faces of another shape.
  LineGaussSeidel(MPI_Comm comm, const mesh::Partition& partition, const std::vector<FaceRates>& faces, int line_axis);
  ~LineGaussSeidel() override;

  /// The cells that this rank sweeps over; beyond periodic ends they are images.
  [[nodiscard]] static mesh::Box box(const mesh::Partition& partition, int rank);

  void set_shift(double sigma) override;
  void apply(const double* r, double* z) override;
  void apply_transpose(const double* r, double* z) override;
  [[nodiscard]] std::string name() const override { return "line Gauss-Seidel"; }
  [[nodiscard]] double bytes() const override;

 private:
  class Sweeps;
  void sweep(const double* r, double* z, bool transposed);

  BoxGather gather_;
  mesh::Box owned_;
  std::unique_ptr<Sweeps> sweeps_;
};

}  // namespace sgdflux::la
