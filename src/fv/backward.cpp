#include <algorithm>
#include <cmath>

#include "fv/damping.hpp"
#include "fv/jump_flux.hpp"
#include "fv/stencil.hpp"
#include "fv/surface_values.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/weights.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

Cell moved(Cell cell, int axis, Index by) {
  cell[static_cast<std::size_t>(axis)] += by;
  return cell;
}

/// A place on a line that continues a function beyond the ends of an axis: the lattice cell whose value it has there,
/// and the direction (±1 relative to the start) in which that cell moves with the next step.
struct Place {
  Cell cell;
  int direction;
};

/// One step on: truncated ends are stayed at, reflecting ones mirror, absorbing ones are left.
Place next(const mesh::Grid& grid, const Place& place, int axis) {
  const auto& along = grid.axis(axis);
  const Cell cell = moved(place.cell, axis, place.direction);
  const Index at = cell[static_cast<std::size_t>(axis)];
  if (along.periodic() || (at >= 0 && at < along.cells())) {
    return {cell, place.direction};
  }
  switch (at < 0 ? along.spec().lower : along.spec().upper) {
    case mesh::Boundary::truncated:
      return place;
    case mesh::Boundary::reflecting:
      return {place.cell, -place.direction};
    default:
      return {cell, place.direction};
  }
}

/// Rows of the backward operator of central differences.
class BackwardRows {
 public:
  BackwardRows(const Discretisation& problem, const Surroundings& around, const Box& cells)
      : grid_(problem.grid),
        scheme_(problem.scheme),
        coupling_(problem.coupling),
        around_(around),
        cells_(cells),
        m_(half_width(problem.scheme.flux)),
        slots_(grid_.dimension(), m_, coupling_, around.region.has_value()),
        values_(Batch::Zero(cells.cells(), static_cast<Eigen::Index>(slots_.offsets().size()))) {}

  [[nodiscard]] Generator build() {
    for (row_ = 0; row_ < cells_.cells(); ++row_) {
      centre_ = cells_.cell(row_);
      if (!active(centre_)) {
        continue;
      }
      for (int d = 0; d < grid_.dimension(); ++d) {
        along(d);
        for (int j = 0; j < d; ++j) {
          if (coupled(d, j)) {
            mixed(d, j);
          }
        }
      }
    }
    return {cells_, slots_.offsets(), std::move(values_)};
  }

 private:
  [[nodiscard]] bool coupled(int d, int j) const {
    return coupling_[static_cast<std::size_t>(d)][static_cast<std::size_t>(j)];
  }

  [[nodiscard]] bool active(const Cell& cell) const { return !around_.region || around_.region->active(cell); }
  [[nodiscard]] Index at(const Cell& cell) const { return around_.box.position(cell); }
  [[nodiscard]] double drift(const Cell& cell, int d) const { return around_.coefficients.drift(at(cell), d); }
  [[nodiscard]] double diffusion(const Cell& cell, int i, int j) const {
    return around_.coefficients.diffusion(at(cell), model::pair_index(i, j, grid_.dimension()));
  }

  void add(const Cell& cell, double weight) {
    const int slot = slots_.find(difference(cell, centre_));
    if (slot < 0) {
      throw core::InternalError("a row of the backward operator has no slot for a cell that it reads");
    }
    values_(row_, slot) += weight;
  }

  /// B ∂ + ½A ∂² along one axis, and the transposed damping.
  void along(int d) {
    const double h = grid_.axis(d).spacing();
    const double exit = exit_rate(d);
    const double b = exit > 0 ? 0 : drift(centre_, d) / h;
    const double a = 0.5 * diffusion(centre_, d, d) / (h * h);
    for (const int side : {1, -1}) {
      walk(d, side, [&](int k, const auto& put) {
        const auto i = static_cast<std::size_t>(k - 1);
        const double second = k <= m_ ? a * second_derivative_weights(m_)[i] : 0;
        put((k <= m_ ? side * b * derivative_weights(m_)[i] : 0) + second);
        add(centre_, -second);
      });
    }
    if (exit > 0) {
      add(centre_, -exit);
    } else if (scheme_.damping > 0) {
      damp(d);
    }
  }

  /// B/(distance to the surface) where a drift without noise leaves through a surface less than a quarter of a cell
  /// away: B∂f = −f · rate. Polynomials would take the value behind the surface from the cells before this one alone,
  /// and where f rises steeply (v → 0 of an inertial model) exit times became negative. 0: not such a cell.
  [[nodiscard]] double exit_rate(int d) const {
    const double b = drift(centre_, d);
    const int side = b > 0 ? 1 : -1;
    if (!around_.region || active(moved(centre_, d, side))) {
      return 0;
    }
    const double h = grid_.axis(d).spacing();
    const double distance = around_.region->distance(centre_, unit_step(d, side));
    const bool only_travels = backward_closure(b, diffusion(centre_, d, d), h, side, m_).noiseless;
    return only_travels && distance < too_near ? std::abs(b) / (distance * h) : 0;
  }

  /// Calls visit(k, put) for k = 1 … m (2 at least if there is damping) on one side of the row's cell: put(weight) adds
  /// weight · f there.
  template <class Visit>
  void walk(int d, int side, const Visit& visit) {
    const int most = damping_width();
    Place place{centre_, side};
    int behind = 0;
    for (int k = 1; k <= most; ++k) {
      const Place further = behind > 0 ? place : next(grid_, place, d);
      if (behind > 0 || !active(further.cell)) {
        const LineSum sum = beyond(place, d, ++behind);
        visit(k, [&](double weight) { put_sum(sum, weight); });
      } else {
        place = further;
        visit(k, [&](double weight) { add(place.cell, weight); });
      }
    }
  }

  [[nodiscard]] int damping_width() const { return scheme_.damping > 0 ? std::max(m_, 2) : m_; }

  [[nodiscard]] LineSum beyond(const Place& last, int d, int behind) const {
    const Closure closure =
        backward_closure(drift(last.cell, d), diffusion(last.cell, d, d), grid_.axis(d).spacing(), last.direction, m_);
    return around_.region->beyond({last.cell, unit_step(d, last.direction), behind}, closure);
  }

  void put_sum(const LineSum& sum, double weight) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(sum.size); ++i) {
      add(sum.cell[i], weight * sum.weight[i]);
    }
  }

  /// Every face that the row's cell damps passes its flux on as f(right) − f(left); behind a surface faces are damped
  /// like the last one before it.
  void damp(int d) {
    const int m = damping_width();
    for (const int side : {1, -1}) {
      // The face k on this side lies between the cells k and k + 1 steps away; the row's cell is its k-th neighbour.
      std::array<double, max_half_width> push{};
      damping_pushes(d, side, m, push);
      double before = push[0];
      add(centre_, -before);
      walk(d, side, [&](int k, const auto& put) {
        const double after = k < m ? push[static_cast<std::size_t>(k)] : 0;
        put(before - after);
        before = after;
      });
    }
  }

  /// Rates εs|B|·weight/h of the faces on one side; the sign makes the row decay.
  void damping_pushes(int d, int side, int m, std::array<double, max_half_width>& push) const {
    const double h = grid_.axis(d).spacing();
    Place place{centre_, side};
    bool behind = false;
    double speed = 0;
    double noise = 0;
    for (int k = 0; k < m; ++k) {
      const Place further = behind ? place : next(grid_, place, d);
      behind = behind || !active(further.cell);
      if (!behind) {
        speed = 0.5 * std::abs(drift(place.cell, d) + drift(further.cell, d));
        noise = 0.5 * (diffusion(place.cell, d, d) + diffusion(further.cell, d, d));
        place = further;
      } else if (k == 0) {
        speed = std::abs(drift(place.cell, d));
        noise = diffusion(place.cell, d, d);
      }
      push[static_cast<std::size_t>(k)] = -scheme_.damping * damping_share(speed, noise, h) * speed *
                                          face_weights(m).damping[static_cast<std::size_t>(k)] / h;
    }
  }

  /// A_dj ∂_d ∂_j, the forward one transposed except near surfaces.
  void mixed(int d, int j) {
    if (sees_surface(d, j)) {
      mixed_by_diagonals(d, j);
    } else {
      mixed_half(d, j);
      mixed_half(j, d);
    }
  }

  /// ½A_dj ∂_j ∂_d: the derivative along d as a function continues there; along j without what lies beyond truncated
  /// ends, as fluxes through faces that do not exist.
  void mixed_half(int d, int j) {
    const double scale = 0.5 * diffusion(centre_, d, j) / (grid_.axis(d).spacing() * grid_.axis(j).spacing());
    for (const int side_j : {1, -1}) {
      Place outer{centre_, side_j};
      for (int l = 1; l <= m_; ++l) {
        const Place further = next(grid_, outer, j);
        if (further.cell == outer.cell && further.direction == outer.direction) {
          break;
        }
        outer = further;
        const double weight = side_j * scale * derivative_weights(m_)[static_cast<std::size_t>(l - 1)];
        derivative(outer.cell, d, weight);
      }
    }
  }

  void derivative(const Cell& from, int d, double weight) {
    for (const int side : {1, -1}) {
      Place place{from, side};
      for (int k = 1; k <= m_; ++k) {
        place = next(grid_, place, d);
        add(place.cell, side * weight * derivative_weights(m_)[static_cast<std::size_t>(k - 1)]);
      }
    }
  }

  [[nodiscard]] bool sees_surface(int d, int j) const {
    for (int k = -m_; around_.region && k <= m_; ++k) {
      for (int l = -m_; l <= m_; ++l) {
        if (!active(moved(moved(centre_, d, k), j, l))) {
          return true;
        }
      }
    }
    return false;
  }

  /// A_dj ∂_d ∂_j = ¼A_dj (∂₊² − ∂₋²) with derivatives along the two diagonals, whose lines through the row's cell go
  /// on behind a surface as those along the axes do.
  void mixed_by_diagonals(int d, int j) {
    const double scale = 0.25 * diffusion(centre_, d, j) / (grid_.axis(d).spacing() * grid_.axis(j).spacing());
    for (const int slope : {1, -1}) {
      for (const int side : {1, -1}) {
        diagonal(d, side, j, slope * side, slope * scale);
      }
    }
  }

  /// Half of weight · h²∂² along a diagonal: the neighbours on one side. A diagonal that no end has bent goes straight
  /// on behind the surface that it meets, unless it came in over an end; behind a bend every cell is taken by itself.
  void diagonal(int d, int side_d, int j, int side_j, double weight) {
    Place along_d{centre_, side_d};
    Place along_j{centre_, side_j};
    const SurfaceValues values(grid_, *around_.region, slots_, centre_, closure_cells(m_));
    const Cell step = moved(unit_step(d, side_d), j, side_j);
    Cell last = centre_;
    int behind = 0;
    for (int k = 1; k <= m_; ++k) {
      const double w = weight * second_derivative_weights(m_)[static_cast<std::size_t>(k - 1)];
      add(centre_, -w);
      along_d = next(grid_, along_d, d);
      along_j = next(grid_, along_j, j);
      Cell cell = along_d.cell;
      cell[static_cast<std::size_t>(j)] = along_j.cell[static_cast<std::size_t>(j)];
      const Cell straight = moved(moved(centre_, d, k * side_d), j, k * side_j);
      if (behind == 0 && active(cell)) {
        last = cell;
        add(cell, w);
      } else if (behind > 0 || cell == straight) {
        put_sum(values.on_diagonal({last, step, ++behind}, cell, straight, d, j), w);
      } else {
        put_sum(values.by_axes(cell, straight, d, j), w);
      }
    }
  }

  const mesh::Grid& grid_;
  const Scheme& scheme_;
  const Coupling& coupling_;
  const Surroundings& around_;
  Box cells_;
  int m_;
  RowSlots slots_;
  Batch values_;
  Index row_ = 0;
  Cell centre_{};
};

/// Lᵀ of two-point fluxes: a row holds the rates out of its cell.
Generator transposed_two_point(const Discretisation& problem, const Box& cells) {
  const int dim = problem.grid.dimension();
  Generator result{cells, {{}}, Batch::Zero(cells.cells(), 2 * dim + 1)};
  const Surroundings around = surroundings(problem, cells);
  for (int d = 0; d < dim; ++d) {
    const FaceFlux flux =
        fitted_flux(problem.sde, problem.grid, d, faces_of(cells, d), around.region ? &*around.region : nullptr);
    const double h = problem.grid.axis(d).spacing();
    result.offsets.push_back(moved({}, d, 1));
    result.offsets.push_back(moved({}, d, -1));
    for (Index row = 0; row < cells.cells(); ++row) {
      const Cell cell = cells.cell(row);
      const double up = flux.weights(flux.faces.position(moved(cell, d, 1)), 0) / h;
      const double down = -flux.weights(flux.faces.position(cell), 1) / h;
      result.values(row, 0) -= up + down;
      const bool alone = !around.region;
      result.values(row, 2 * d + 1) = alone || around.region->active(moved(cell, d, 1)) ? up : 0;
      result.values(row, 2 * d + 2) = alone || around.region->active(moved(cell, d, -1)) ? down : 0;
    }
  }
  return result;
}

}  // namespace

Generator backward_generator(const Discretisation& problem, const Box& owned) {
  if (monotone_jumps(problem)) {
    return transposed_jump_generator(problem, owned);
  }
  return assembled(owned, [&](const Box& slab) {
    if (two_point(problem.scheme.flux)) {
      return transposed_two_point(problem, slab);
    }
    const Surroundings around = surroundings(problem, slab);
    return BackwardRows(problem, around, slab).build();
  });
}

}  // namespace sgdflux::fv
