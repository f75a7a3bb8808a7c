#pragma once
/// Discretisation errors of a stationary state from the same question on coarser grids.
#include <optional>

#include "quantities.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Σ|P_fine − P_coarse| over the fine grid's cells, the coarse density interpolated to their centres. Of the two-point
/// flux in one variable, exact at the nodes, only the normalisation differs: |Σ(P_fine − P_coarse)|. Collective.
[[nodiscard]] double density_change(const Solution& fine, const Solution& coarse);

/// Whether the scheme is the two-point flux in one variable.
[[nodiscard]] bool exact_at_nodes(const Assembly& assembly);

/// What the grids say of each other.
struct Convergence {
  double change = 0;             ///< L¹ distance of the densities of the grid and the second one
  std::optional<double> before;  ///< of the second and the third one, where there is a third
  double order_factor = 1;       ///< error of the grid over `change` by the order of the scheme alone (error_factor)
  double rough_factor = 1;       ///< the same at first order
  double order_ratio = 0;        ///< error of the grid over that of the second one by the order of the scheme
  bool exponential = false;      ///< whether sums may converge faster than that (beats_its_order)
  bool exact_nodes = false;      ///< whether the density is exact at the nodes but for its normalisation
};

/// Error of a grid whose quantities differ by `change` from the second grid, of which they differ by `before` from the
/// third: a geometric sequence of ratio `ratio` has the error change·ratio/(1 − ratio) on the first. Neither difference
/// may hide the error by being small by accident: the larger one of change and ratio·before counts. Tripled; ratios are
/// believed between 1e-5 and 0.8.
[[nodiscard]] double sequence_error(double change, double before, double ratio);

/// The ratio of the next step of a sequence of grids with 0.7 times the cells each. On coarse grids steps may shrink
/// faster than the order of the scheme, whose own error waits below: of what is beyond `order_ratio` only the square
/// root counts. Where nothing waits (`exponential`) the next step shrinks faster still: it counts to the power 1.2
/// (1/0.7 if all of the error were exponential in the number of cells).
[[nodiscard]] double next_ratio(double ratio, double order_ratio, bool exponential);

/// Adds to every quantity's error what the other grids say. `third` may be null: then the order of the scheme counts.
void add_errors(Quantities& fine, const Quantities& second, const Quantities* third, const Convergence& densities);

/// Error of the densities of a grid over that of the next coarser one: as three grids show it, and not less than the
/// order of the scheme allows. Needs a third grid.
[[nodiscard]] double density_ratio(const Convergence& densities);

/// L¹ error of the density by discretisation.
[[nodiscard]] double density_error(const Convergence& densities);

}  // namespace sgdflux::study
