#pragma once
/// Sweeps of line solves for two-point fluxes with noise along one axis.
#include <mpi.h>

#include <memory>
#include <vector>

#include "sgdflux/la/box_gather.hpp"
#include "sgdflux/la/face_rates.hpp"
#include "sgdflux/la/preconditioner.hpp"

namespace sgdflux::la {

class LineOverlap;

/// One symmetric block Gauss–Seidel sweep for σ − L = D + D₋ + D₊, z = (D + D₊)⁻¹ D (D + D₋)⁻¹ r, where D are the
/// lines of cells along one axis, solved exactly, D₋ and D₊ what enters a line from the ones before and after it in C
/// order. Where drift alone moves probability across the lines, up to there and back again from here, a sweep follows
/// it all the way: as many iterations are needed as oscillations live, not as there are cells. Diffusion across the
/// lines is what it is slow for. Regular where σ = 0, since L is not what it inverts.
///
/// Ranks cut lines, never between them, whoever owns the cells: what drift carries need not wait at a cut for the next
/// iteration. Each sweeps over its slab and up to a sixteenth of a line beyond, and after each of 256 stretches of the
/// way neighbours average what they have around their cuts: iterations grow by half from one to eight ranks. Lᵀ has a
/// sweep of its own. Where σ = 0 and r has zero sum, z has some mass: that of what L keeps.
class LineGaussSeidel final : public Preconditioner {
 public:
  /// @param faces of box(), one entry per axis. Collective; `comm` must outlive it.
  /// @throws InternalError for faces of another shape.
  LineGaussSeidel(MPI_Comm comm, const mesh::Partition& partition, const std::vector<FaceRates>& faces, int line_axis);
  ~LineGaussSeidel() override;

  /// The cells that this rank sweeps over; beyond periodic ends they are images.
  [[nodiscard]] static mesh::Box box(const mesh::Partition& partition, int line_axis, int rank);

  void set_shift(double sigma) override;
  void apply(const double* r, double* z) override;
  void apply_transpose(const double* r, double* z) override;
  [[nodiscard]] std::string name() const override { return "line Gauss-Seidel"; }
  [[nodiscard]] double bytes() const override;

 private:
  class Sweeps;
  LineGaussSeidel(MPI_Comm comm, const mesh::Partition& partition, const mesh::Partition& slabs,
                  const std::vector<FaceRates>& faces, int line_axis);
  void sweep(const double* r, double* z, bool transposed);

  core::Index owned_cells_;
  mesh::Box slab_;
  BoxGather gather_;   ///< from owned cells to the slab and what it overlaps
  BoxGather scatter_;  ///< from slabs to owned cells
  std::unique_ptr<LineOverlap> overlap_;
  std::unique_ptr<Sweeps> sweeps_;
};

}  // namespace sgdflux::la
