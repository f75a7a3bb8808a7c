#pragma once
/// The monotone scheme for correlated noise: a Markov jump process along lattice offsets.
#include <span>
#include <vector>

#include "fv/log_density_slope.hpp"
#include "fv/stencil.hpp"
#include "sgdflux/fv/generator.hpp"

namespace sgdflux::fv {

/// Jumps between two cells: the flux from `from` to `from + offset` is forward·P(from) − backward·P(from + offset), per
/// unit time; both rates ≥ 0. When `absorbed`, the target is behind a surface where P = 0.
struct Jump {
  mesh::Cell from{};
  mesh::Cell offset{};
  double forward = 0;
  double backward = 0;
  bool absorbed = false;
};

[[nodiscard]] inline mesh::Cell moved(mesh::Cell cell, const mesh::Cell& offset, int times = 1) {
  for (std::size_t d = 0; d < cell.size(); ++d) {
    cell[d] += times * offset[d];
  }
  return cell;
}

/// Rates along the offsets e of the decomposition of D (lattice_decomposition.hpp), B(z) = z/(e^z − 1):
/// - With detailed balance λB(∓Δψ)/2, λ the mean of both ends and Δψ = ∫ c·dl (log_density_slope.hpp) along staircases
///   of axis edges, so that every loop closes: the stationary density is exact at the nodes (Scharfetter & Gummel
///   1969).
/// - Otherwise λ(1 ± z/2)/2 out of each cell, z = 2σeᵀD⁺B of Itô's drift there with the largest σ ≤ 1 that keeps every
///   |z| ≤ 1; what drift the jumps do not carry, (1 − σ)B and what D⁺ does not see, is upwinded along the axes (Kushner
///   & Dupuis 2001). The backward operator is consistent cell by cell, also where the decomposition changes quickly:
///   first order, second where σ = 1.
/// A jump that would leave through a wall is left out; cells that lose one get weak jumps along the axes, so that no
/// corner is cut off.
class JumpProcess {
 public:
  /// Jumps that touch `cells` or cross their faces. @throws SettingsError for coefficients that are not finite.
  JumpProcess(const Discretisation& problem, const mesh::Box& cells);

  /// Calls visit(Jump) for every contribution to a jump between cells of box(), each once.
  template <class Visit>
  void for_each(const Visit& visit) const {
    std::vector<Jump> jumps;
    for (Index row = 0; row < around_.box.cells(); ++row) {
      jumps.clear();
      collect(row, jumps);
      for (const Jump& jump : jumps) {
        visit(jump);
      }
    }
  }
  [[nodiscard]] const mesh::Box& box() const { return around_.box; }
  /// Whether a cell of the lattice (in the box, or behind an absorbing end) is in play.
  [[nodiscard]] bool is_active(const mesh::Cell& cell) const { return place(cell) == Place::inside; }
  /// tr of the diffusion that the scheme adds at a cell of the box, relative to tr D.
  [[nodiscard]] double added_diffusion(Index row) const;

 private:
  struct Term {
    mesh::Cell offset;
    double weight;
  };
  enum class Place { inside, beyond_wall, absorbed, elsewhere };  ///< elsewhere: not in the box

  void decompose_cells();
  void integrate_exponents();
  void find_biases();
  void collect(Index row, std::vector<Jump>& jumps) const;
  bool add(Index row, const mesh::Cell& offset, double weight, std::vector<Jump>& jumps) const;
  void add_upwind(Index row, std::vector<Jump>& jumps) const;
  [[nodiscard]] Place place(const mesh::Cell& cell) const;
  [[nodiscard]] Jump balanced_jump(const mesh::Cell& from, const mesh::Cell& offset, double weight) const;
  [[nodiscard]] Jump jump_out(Index row, const mesh::Cell& offset, double weight, bool absorbed) const;
  [[nodiscard]] double bias(Index row, const mesh::Cell& offset) const;
  [[nodiscard]] std::span<const Term> terms(Index row) const;

  const Discretisation& problem_;
  int dim_;
  Surroundings around_;
  std::vector<Term> terms_;
  std::vector<std::size_t> first_;  ///< of each cell's terms; one more than cells
  Eigen::ArrayXd trace_;            ///< of D, per cell
  Eigen::ArrayXd floor_;            ///< of its decomposition
  Batch exponents_;                 ///< with detailed balance: Δψ from each cell to its upper neighbours
  Batch slopes_;                    ///< otherwise: 2σD⁺B at the centres
  Batch remainders_;                ///< and the drift that is upwinded
};

/// The cells that a straight line from the origin to `offset` passes, as steps along axes: (axis, ±1) in order.
struct LatticeStep {
  int axis;
  int side;
};
/// Where the line meets a corner, the axes come in order of their number, or, `reversed`, against it: the way back
/// along −offset is the other one of the two, so that both together favour no side.
[[nodiscard]] std::vector<LatticeStep> staircase(const mesh::Cell& offset, bool reversed = false);

}  // namespace sgdflux::fv
