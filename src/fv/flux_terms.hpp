#pragma once
/// The parts of the generator that FluxOperator adds up.
#include <initializer_list>

#include "fv/row_terms.hpp"

namespace sgdflux::fv {

/// A field in C order of a box of cells.
struct Field {
  const double* values;
  const mesh::Box& box;
  const mesh::Cell& strides;
  [[nodiscard]] const double* at(const mesh::Cell& cell) const { return values + box.position(cell); }
};

/// Fluxes along one axis: of BP, of ½AP of the same axis, and of the damping.
class AxisTerms {
 public:
  /// @param drift,diffusion around the cells of `owned`, as cell_functions.
  AxisTerms(const Discretisation& problem, int axis, const mesh::Box& owned, Index width, CellFunction drift,
            CellFunction diffusion);

  /// Adds what these fluxes contribute to L P, or to Lᵀ u, in rows across the axis; neighbours in their source are
  /// `stride` apart.
  void add_across(Bundle bundle, Index stride) const;
  void add_across_transposed(Bundle bundle, Index stride) const;
  /// The same in rows along the axis. What begin_rows() has written had better be read a while later.
  void begin_rows(const Bundle& bundle, RowBuffer& drift_fluxes) const;
  void add_along_rows(const Bundle& bundle, const RowBuffer& drift_fluxes) const;
  void add_along_rows_transposed(const Bundle& bundle) const;
  /// Adds |B| Σ|weights of the first derivative| + ½A Σ|weights of the second|.
  void add_rates(const Row& row) const;
  [[nodiscard]] int axis() const { return axis_; }
  [[nodiscard]] double bytes() const;

 private:
  /// Cells along the axis with the same stencils.
  struct Uniform {
    Index begin;
    Index end;
  };
  static Uniform common(std::initializer_list<const StencilTable*> tables);
  /// Whether drift, noise and damping are the same for rows that differ in coordinate d.
  [[nodiscard]] bool same(int d) const { return !drift_.depends(d) && !diffusion_.depends(d) && !damping_.depends(d); }
  /// How many of the rows of a bundle, from the first on, have the same sums.
  [[nodiscard]] Index same_sums(const Bundle& bundle, const Uniform& cells) const;
  template <class Sums>
  void add_across(Bundle& bundle, Index stride, const Uniform& cells, const Sums& sums) const;
  [[nodiscard]] RowSums sums(const mesh::Cell& cell) const;
  [[nodiscard]] RowSums transposed_sums(const mesh::Cell& cell) const;
  void add_drift_along_rows(const Bundle& bundle, const RowBuffer& drift_fluxes) const;
  /// Whether the damping, which changes along rows, is not 0 in some of them.
  [[nodiscard]] bool damps(const Bundle& bundle) const;
  void add_damping_along_rows(const Bundle& bundle) const;
  void add_damping_along_rows_transposed(const Bundle& bundle) const;
  void gather_damping(const mesh::Cell& cell, RowSums& sums) const;
  void gather_damping_transposed(const mesh::Cell& cell, RowSums& sums) const;

  int axis_;
  StencilSizes sizes_;
  AxisStencils forward_;
  TransposedStencils backward_;
  Uniform forward_uniform_;
  Uniform backward_uniform_;
  CellFunction drift_;
  CellFunction diffusion_;
  CellFunction damping_;  ///< ε|B| share at the face below a cell
  int pairs_;             ///< cells on either side of a face that the damping reads
  int reach_;             ///< of sums across rows
};

/// Fluxes of the mixed derivatives of one pair of axes p < q: −½∂_q(AP) along p and −½∂_p(AP) along q. With the
/// matrices V of `value` and D of `derivative` along an axis (AxisStencils), V = −D + W where W is 0 but for cells at
/// walls, these are
///     −½ (V_p ⊗ D_q + D_p ⊗ V_q) A P = −½ [D_p ⊗ (V_q − D_q) + W_p ⊗ D_q] A P:
/// away from walls a pair costs two sums along axes.
class MixedTerms {
 public:
  MixedTerms(const Discretisation& problem, int p, int q, CellFunction diffusion);

  /// Adds what these fluxes contribute to L P, or Lᵀ u, at the cells of a tile to a field on `owned`.
  /// @param scratch room for the tile widened by 4 cells on both sides of one axis.
  void add(const mesh::Box& tile, const Field& density, double* result, const mesh::Box& owned, double* scratch) const;
  void add_transposed(const mesh::Box& tile, const Field& u, double* result, const mesh::Box& owned,
                      double* scratch) const;
  [[nodiscard]] double bytes() const;

 private:
  /// −½ S_p ⊗ F_q.
  struct Product {
    StencilTable first;   ///< F
    StencilTable second;  ///< S
    [[nodiscard]] double bytes() const { return first.bytes() + second.bytes(); }
  };

  template <class First, class Second>
  void add_product(const mesh::Box& tile, const Product& product, double* scratch, const First& first,
                   const Second& second) const;

  int p_;
  int q_;
  int last_;
  CellFunction diffusion_;
  std::array<Product, 2> forward_;
  std::array<Product, 2> backward_;
};

/// Distances in memory between neighbours of a box along each axis, C order.
[[nodiscard]] inline mesh::Cell strides_of(const mesh::Box& box) {
  mesh::Cell strides{};
  Index stride = 1;
  for (std::size_t d = strides.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= box.upper[d] - box.lower[d];
  }
  return strides;
}

/// Calls visit(first cell) for every row of a box.
template <class Visit>
void for_each_row(mesh::Box box, int last, const Visit& visit) {
  if (box.cells() == 0) {
    return;
  }
  box.upper[last] = box.lower[last] + 1;
  mesh::Cell cell = box.lower;
  for (cell[0] = box.lower[0]; cell[0] < box.upper[0]; ++cell[0]) {
    for (cell[1] = box.lower[1]; cell[1] < box.upper[1]; ++cell[1]) {
      for (cell[2] = box.lower[2]; cell[2] < box.upper[2]; ++cell[2]) {
        for (cell[3] = box.lower[3]; cell[3] < box.upper[3]; ++cell[3]) {
          visit(cell);
        }
      }
    }
  }
}

}  // namespace sgdflux::fv
