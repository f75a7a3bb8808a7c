#pragma once
/// Approximate inverses that are not PETSc's own.
#include <Eigen/Core>
#include <string>

namespace sgdflux::la {

/// z ≈ (σ − L)⁻¹ r for a generator L, a fixed linear map for fixed σ (up to rounding, perhaps of single precision).
/// Vectors are the owned cells in C order. Where σ = 0 and L conserves mass, r has zero sum; z may
/// have any.
class Preconditioner {
 public:
  Preconditioner() = default;
  Preconditioner(const Preconditioner&) = delete;
  Preconditioner& operator=(const Preconditioner&) = delete;
  virtual ~Preconditioner() = default;

  /// σ ≥ 0 from now on, 1/time; 0 at first. Collective.
  virtual void set_shift(double sigma) = 0;
  /// r and z have as many entries as this rank owns cells and do not overlap. Collective.
  virtual void apply(const double* r, double* z) = 0;
  /// The same for (σ − Lᵀ)⁻¹. Collective.
  virtual void apply_transpose(const double* r, double* z) = 0;
  /// A density of mass 1 that L keeps approximately, numbers of mass per cell: a start for solvers. Empty: none is
  /// known. Collective.
  [[nodiscard]] virtual Eigen::ArrayXd start() { return {}; }
  /// In words, as it follows "FGMRES with": "geometric multigrid (7 levels)".
  [[nodiscard]] virtual std::string name() const = 0;
  /// Memory that it holds on this rank.
  [[nodiscard]] virtual double bytes() const = 0;
};

}  // namespace sgdflux::la
