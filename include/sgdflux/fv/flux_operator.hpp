#pragma once
/// The generator applied by its fluxes, without a matrix.
#include <memory>

#include "sgdflux/fv/generator.hpp"

namespace sgdflux::fv {

/// y = L P and y = Lᵀ u on the cells of one rank for the central orders 2 to 8 with their damping, in any dimension, with
/// correlated noise, at truncated, periodic and reflecting ends: the same fluxes as generator(), from coefficients at
/// the cells (constants and sums of functions of one variable are kept as such: then nothing is stored per cell; others,
/// and the strength of the damping, as tables over the variables that they depend on) and weights per cell of each axis.
class FluxOperator {
 public:
  /// Whether the scheme has central fluxes of one order everywhere: nothing absorbs, no face is limited.
  [[nodiscard]] static bool possible(const Discretisation& problem);
  /// Not collective. @throws SettingsError for NaN coefficients; InternalError unless possible().
  FluxOperator(const Discretisation& problem, const mesh::Box& owned);
  FluxOperator(FluxOperator&&) noexcept;
  ~FluxOperator();

  /// Cells around an owned one that the fluxes read.
  [[nodiscard]] Index width() const;
  /// Whether cells that differ along two axes are read: noise is correlated.
  [[nodiscard]] bool corners() const;
  /// The owned cells widened by width() in both directions of every axis of the grid (not beyond its dimension), also
  /// beyond ends of the lattice: what densities are given on, C order.
  [[nodiscard]] const mesh::Box& box() const;
  /// The owned cells whose results depend on owned cells alone; may be empty.
  [[nodiscard]] const mesh::Box& inner() const;

  /// L P at `cells`, a part of the owned box, into `result` (owned cells, C order); the rest of it stays. `density` is
  /// given on box(); beyond ends that are not periodic it is 0.
  void apply(const double* density, double* result, const mesh::Box& cells) const;
  /// Lᵀ u in the same way: (Lᵀu)_c = Σ_c' L_c'c u_c'.
  void apply_transpose(const double* u, double* result, const mesh::Box& cells) const;
  /// Σ_axes (|B_d| Σ|weights of the first derivative|/h + ½A_dd Σ|weights of the second|/h²) of each owned cell: the
  /// size of its column, as Σ_k |L_kc| to a factor of about one; 1 where that is 0.
  [[nodiscard]] Eigen::ArrayXd rates() const;
  /// Memory that it holds.
  [[nodiscard]] double bytes() const;

 private:
  class Kernel;
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace sgdflux::fv
