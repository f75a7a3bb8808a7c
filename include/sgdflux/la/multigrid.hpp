#pragma once
/// Geometric multigrid for two-point fluxes with noise in every direction.
#include <mpi.h>

#include <memory>
#include <utility>
#include <vector>

#include "sgdflux/la/face_rates.hpp"
#include "sgdflux/la/ghosts.hpp"
#include "sgdflux/la/preconditioner.hpp"

namespace sgdflux::la {

/// One V-cycle for σ − L with two red–black Gauss–Seidel smoothings before and after the coarser level, the same map on
/// any number of ranks. Coarse cells are pairs of cells along every axis but those of weak coupling (the last one may
/// be single); a coarse face has the sum of its fine faces' fluxes, of which the diffusive part (up + down)/2 is
/// divided by the ratio of the distances of centres (two, as a rule), the advective part (up − down)/2 is kept, and the
/// diffusive one is raised to the modulus of that where it is below. Residuals are summed, corrections interpolated
/// linearly (as densities). Once few cells are left they are gathered on every rank, which go on alone; the coarsest
/// level is solved directly, by sparse factors, without its null vector where σ = 0: the larger it is, the less upwind
/// rates of coarse levels cost where drift outweighs the noise across a cell. Rates are kept in single precision, in
/// columns that sum to zero exactly. Lᵀ has a V-cycle of its own, with the same transfers, not the transpose of that
/// for L; its coefficients are made when it is first applied.
///
/// Residuals of diffusive problems shrink by 5 to 10 per cycle in one to four dimensions, whatever the size. Nothing
/// smooths along closed paths of strong rotation, or against drift that differs by orders of magnitude between
/// neighbours: there cycles may diverge, and a Krylov method has to look at the true residual.
class Multigrid final : public Preconditioner {
 public:
  /// Lattices of so few cells are solved directly: more of them where factors stay sparse.
  [[nodiscard]] static core::Index direct_cells(int dimension) { return dimension <= 2 ? 3000 : 300; }

  /// Collective over `comm`, which must outlive it.
  /// @param direct lattices of at most so many cells are solved directly.
  Multigrid(MPI_Comm comm, const Decomposition& cells, std::vector<FaceRates> faces, core::Index direct);
  Multigrid(MPI_Comm comm, const Decomposition& cells, std::vector<FaceRates> faces)
      : Multigrid(comm, cells, std::move(faces), direct_cells(cells.dimension)) {}
  ~Multigrid() override;

  void set_shift(double sigma) override;
  void apply(const double* r, double* z) override;
  void apply_transpose(const double* r, double* z) override;
  [[nodiscard]] Eigen::ArrayXd start() override { return null_vector(); }
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] double bytes() const override;
  [[nodiscard]] int levels() const;
  /// The density of mass 1 that L keeps, by nested iteration with one cycle a level: what is taken out of z where σ =
  /// 0, and a start for solvers. Collective.
  [[nodiscard]] const Eigen::ArrayXd& null_vector();
  /// What this rank has sent in all.
  [[nodiscard]] Traffic traffic() const;

 private:
  class Hierarchy;
  std::unique_ptr<Hierarchy> hierarchy_;
};

}  // namespace sgdflux::la
