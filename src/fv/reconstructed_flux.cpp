#include <algorithm>
#include <limits>

#include "fv/damping.hpp"
#include "fv/window.hpp"
#include "sgdflux/fv/face_flux.hpp"
#include "sgdflux/fv/weights.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

constexpr Index sampled_cells = 1 << 13;  ///< whose coefficients are held at once

/// Positions of the stencil's weights among the offsets: first the pairs along the axis, then, for each coupled axis j,
/// the products of face cells k and derivative cells l.
struct Slots {
  int half_width;
  int along;  ///< pairs along the axis, at least half_width (damping may be wider)
  std::vector<int> coupled;
  std::vector<Cell> offsets;

  Slots(int axis, int dim, int m, int pairs, const Coupling& coupling) : half_width(m), along(pairs) {
    for (int k = -along; k < along; ++k) {
      offsets.push_back(shifted({0, 0, 0, 0}, axis, k));
    }
    for (int j = 0; j < dim; ++j) {
      if (j == axis || !coupling[axis][j]) {
        continue;
      }
      coupled.push_back(j);
      for (int k = -m; k < m; ++k) {
        for (int l = -m; l <= m; ++l) {
          offsets.push_back(shifted(shifted({0, 0, 0, 0}, axis, k), j, l));
        }
      }
    }
  }
  static Cell shifted(Cell cell, int d, Index by) {
    cell[d] += by;
    return cell;
  }
  [[nodiscard]] int pair(int k) const { return k + along; }
  [[nodiscard]] int cross(int which, int k, int l) const {
    const int width = 2 * half_width + 1;
    return 2 * along + (which * 2 * half_width + k + half_width) * width + l + half_width;
  }
};

/// How far a stencil may reach below or above `cell` along an axis, at most `cap`: up to a real wall, where the density
/// need not be small and the order drops; any distance beyond a truncated end, where cells outside the lattice hold
/// nothing.
int room_below(const mesh::Axis& axis, Index cell, int cap) {
  return axis.spec().lower == mesh::Boundary::reflecting ? static_cast<int>(std::min<Index>(cap, cell)) : cap;
}
int room_above(const mesh::Axis& axis, Index cell, int cap) {
  return axis.spec().upper == mesh::Boundary::reflecting
             ? static_cast<int>(std::min<Index>(cap, axis.cells() - 1 - cell))
             : cap;
}
bool inside(const mesh::Axis& axis, Index cell) { return axis.periodic() || (cell >= 0 && cell < axis.cells()); }
/// Cells behind an absorbing wall have values, those beyond other ends hold nothing.
bool behind_wall(const mesh::Axis& axis, Index cell) {
  return !inside(axis, cell) && (cell < 0 ? axis.spec().lower : axis.spec().upper) == mesh::Boundary::absorbing;
}

/// @tparam absorbing whether there is a region: without one nothing of it may slow down the loops.
template <bool absorbing>
class Reconstruction {
 public:
  Reconstruction(const mesh::Grid& grid, const Scheme& scheme, int axis, const Coefficients& cells, const Box& box,
                 const Coupling& coupling, const Region* region)
      : grid_(grid),
        scheme_(scheme),
        axis_(axis),
        dim_(grid.dimension()),
        cells_(cells),
        box_(box),
        region_(region),
        m_(fv::half_width(scheme.flux)),
        pairs_(scheme.damping > 0 ? std::max(m_, 2) : m_),
        slots_(axis, dim_, m_, region == nullptr ? pairs_ : std::max(pairs_, closure_cells(m_) + 1), coupling) {
    Index stride = 1;
    for (int d = core::max_dimension - 1; d >= 0; --d) {
      strides_[d] = stride;
      stride *= box.extent(d);
    }
  }

  [[nodiscard]] const Slots& slots() const { return slots_; }

  /// Weights of the flux through the face whose upper neighbour is `right`, into row `row`.
  void face(const Cell& right, Batch& weights, Index row) const {
    const auto& axis = grid_.axis(axis_);
    if (!has_flux(right)) {
      return;
    }
    const int room = std::min(room_below(axis, right[axis_], pairs_), room_above(axis, right[axis_] - 1, pairs_));
    const Index position = box_.position(right);
    central(right, position, std::min(room, m_), weights, row);
    damp(right, position, std::min(room, std::max(m_, 2)), weights, row);
    for (std::size_t which = 0; which < slots_.coupled.size(); ++which) {
      cross(right, position, static_cast<int>(which), std::min(room, m_), weights, row);
    }
  }

 private:
  [[nodiscard]] double drift(Index position) const { return cells_.drift(position, axis_); }
  [[nodiscard]] double diffusion(Index position, int j) const {
    return cells_.diffusion(position, model::pair_index(axis_, j, dim_));
  }

  [[nodiscard]] Cell left_of(const Cell& right) const { return Slots::shifted(right, axis_, -1); }

  [[nodiscard]] bool has_flux(const Cell& right) const {
    const auto& axis = grid_.axis(axis_);
    if constexpr (!absorbing) {
      return inside(axis, right[axis_]) && inside(axis, right[axis_] - 1);
    }
    const bool right_active = region_->active(right);
    const bool left_active = region_->active(left_of(right));
    const bool open = inside(axis, right[axis_]) ? inside(axis, right[axis_] - 1) || !left_active : !right_active;
    return open && (right_active || left_active);
  }

  void central(const Cell& cell, Index position, int m, Batch& weights, Index row) const {
    const FaceWeights& w = face_weights(m);
    const double half_h = 0.5 / grid_.axis(axis_).spacing();
    const auto weight = [&](int k, int side, int shift) {
      const Index at = position + shift * strides_[axis_];
      return w.value[k] * drift(at) - side * half_h * w.difference[k] * diffusion(at, axis_);
    };
    add_pairs(cell, m, weight, weights, row);
  }

  /// weights += weight(k, side, shift) for the k-th neighbours above (side 1) and below (side −1) a face, the cells
  /// right + shift; for neighbours behind a surface the shares of the active cells before it.
  template <class Weight>
  void add_pairs(const Cell& right, int m, const Weight& weight, Batch& weights, Index row) const {
    if constexpr (absorbing) {
      for (const int side : {1, -1}) {
        walk(right, m, side, [&](int k, int shift, double share) {
          weights(row, slots_.pair(shift)) += share * weight(k, side, shift);
        });
      }
    } else {
      for_each_pair(right, m, [&](int k, int side) {
        const int shift = side > 0 ? k : -1 - k;
        weights(row, slots_.pair(shift)) += weight(k, side, shift);
      });
    }
  }

  /// Mean of a coefficient over the two cells of a face, or the active one's.
  template <class Value>
  [[nodiscard]] double at_face(const Cell& right, Index position, const Value& value) const {
    const Index left = position - strides_[axis_];
    if (absorbing && !region_->active(right)) {
      return value(left);
    }
    if (absorbing && !region_->active(left_of(right))) {
      return value(position);
    }
    return 0.5 * (value(position) + value(left));
  }

  void damp(const Cell& cell, Index position, int m, Batch& weights, Index row) const {
    if (scheme_.damping <= 0 || m < 2) {
      return;
    }
    const double speed = std::abs(at_face(cell, position, [&](Index at) { return drift(at); }));
    const double noise = at_face(cell, position, [&](Index at) { return diffusion(at, axis_); });
    const double share = damping_share(speed, noise, grid_.axis(axis_).spacing());
    const auto weight = [&](int k, int side, int) {
      return side * scheme_.damping * share * speed * face_weights(m).damping[k];
    };
    add_pairs(cell, m, weight, weights, row);
  }

  /// Calls visit(k, side) for the k-th neighbours above (side 1) and below (side −1) a face that are inside the
  /// lattice.
  template <class Visit>
  void for_each_pair(const Cell& right, int m, const Visit& visit) const {
    for (int k = 0; k < m; ++k) {
      for (const int side : {1, -1}) {
        if (inside(grid_.axis(axis_), right[axis_] + (side > 0 ? k : -1 - k))) {
          visit(k, side);
        }
      }
    }
  }

  /// Calls visit(k, shift, share) on one side of a face: the k-th neighbour is the sum of share · (cell right + shift).
  template <class Visit>
  void walk(const Cell& right, int m, int side, const Visit& visit) const {
    const int near = side > 0 ? 0 : -1;
    int active = 0;
    while (active < m && region_->active(Slots::shifted(right, axis_, near + side * active))) {
      if (inside(grid_.axis(axis_), right[axis_] + near + side * active)) {
        visit(active, near + side * active, 1.);
      }
      ++active;
    }
    if (active == m) {
      return;
    }
    const int last = near + side * (active - 1);
    const Cell before = Slots::shifted(right, axis_, last);
    const Index position = box_.position(before);
    const Closure closure =
        forward_closure(drift(position), diffusion(position, axis_), grid_.axis(axis_).spacing(), side, m_);
    for (int k = active; k < m; ++k) {
      const LineSum sum = region_->beyond({before, unit_step(axis_, side), k - active + 1}, closure);
      for (std::size_t j = 0; j < static_cast<std::size_t>(sum.size); ++j) {
        visit(k, static_cast<int>(sum.cell[j][axis_] - right[axis_]), sum.weight[j]);
      }
    }
  }

  void cross(const Cell& right, Index position, int which, int m, Batch& weights, Index row) const {
    const auto add = [&](int k, int side) {
      const int shift = side > 0 ? k : -1 - k;
      derivative(Slots::shifted(right, axis_, shift), position + shift * strides_[axis_], which, shift,
                 face_weights(m).value[k], weights, row);
    };
    for_each_pair(right, m, add);
    for (int k = 0; absorbing && k < m; ++k) {
      for (const int side : {1, -1}) {
        const Cell cell = Slots::shifted(right, axis_, side > 0 ? k : -1 - k);
        if (behind_wall(grid_.axis(axis_), cell[axis_])) {
          add(k, side);
        }
      }
    }
  }

  /// −½ factor ∂_j(A_dj P) at a cell, central; at a real wall of axis j the ghost cell repeats the last one.
  void derivative(const Cell& cell, Index position, int which, int k, double factor, Batch& weights, Index row) const {
    const int j = slots_.coupled[static_cast<std::size_t>(which)];
    const auto& axis = grid_.axis(j);
    const int below = room_below(axis, cell[j], m_);
    const int above = room_above(axis, cell[j], m_);
    const int m = std::min(below, above);
    const double scale = -0.5 * factor / axis.spacing();
    const auto add = [&](int l, double weight) {
      if (!inside(axis, cell[j] + l) && !behind_wall(axis, cell[j] + l)) {
        return;
      }
      if (absorbing &&
          behind(Slots::shifted(cell, axis_, -k), Slots::shifted(cell, j, l), which, scale * weight, weights, row)) {
        return;
      }
      weights(row, slots_.cross(which, k, l)) += scale * weight * diffusion(position + l * strides_[j], j);
    };
    for (int l = 1; l <= m; ++l) {
      add(l, derivative_weights(m)[l - 1]);
      add(-l, -derivative_weights(m)[l - 1]);
    }
    if (m == 0 && above != below) {
      const int inward = above > below ? 1 : -1;
      add(inward, 0.5 * inward);
      add(0, -0.5 * inward);
    }
  }

  /// If the cell is inactive: adds factor · A_dj P of it to the weights of the face.
  bool behind(const Cell& right, const Cell& cell, int which, double factor, Batch& weights, Index row) const {
    if (region_->active(cell)) {
      return false;
    }
    const int j = slots_.coupled[static_cast<std::size_t>(which)];
    const int near =
        (cell[axis_] >= right[axis_] && region_->active(right)) || !region_->active(left_of(right)) ? 0 : -1;
    const LineSum sum = region_->best(lines_of_window(cell, Slots::shifted(right, axis_, near), axis_, j,
                                                      {-m_ - near, m_ - 1 - near}, {-m_, m_}, *region_),
                                      {true, std::max(m_, 2)});
    for (std::size_t i = 0; i < static_cast<std::size_t>(sum.size); ++i) {
      const auto k = static_cast<int>(sum.cell[i][axis_] - right[axis_]);
      const auto l = static_cast<int>(sum.cell[i][j] - right[j]);
      weights(row, slots_.cross(which, k, l)) += sum.weight[i] * factor * diffusion(box_.position(sum.cell[i]), j);
    }
    return true;
  }

  const mesh::Grid& grid_;
  const Scheme& scheme_;
  int axis_;
  int dim_;
  const Coefficients& cells_;
  const Box& box_;
  const Region* region_;
  int m_;
  int pairs_;
  Slots slots_;
  std::array<Index, core::max_dimension> strides_{};
};

template <bool absorbing>
FaceFlux fluxes(const Reconstruction<absorbing>& reconstruction, int axis, const Box& faces) {
  const auto& offsets = reconstruction.slots().offsets;
  FaceFlux flux{axis, faces, offsets, Batch::Zero(faces.cells(), static_cast<Eigen::Index>(offsets.size())), {}};
  for (Index row = 0; row < faces.cells(); ++row) {
    reconstruction.face(faces.cell(row), flux.weights, row);
  }
  return flux;
}

}  // namespace

Index reach(const Scheme& scheme) {
  return std::max(half_width(scheme.flux), !two_point(scheme.flux) && scheme.damping > 0 ? 2 : 1);
}

FaceFlux reconstructed_flux(const mesh::Grid& grid, const Scheme& scheme, int axis, const Box& faces,
                            const Coefficients& cells, const Box& box, const Coupling& coupling, const Region* region) {
  return region == nullptr
             ? fluxes(Reconstruction<false>(grid, scheme, axis, cells, box, coupling, region), axis, faces)
             : fluxes(Reconstruction<true>(grid, scheme, axis, cells, box, coupling, region), axis, faces);
}

Coupling find_coupling(const model::Sde& sde, const mesh::Grid& grid, const Box& box) {
  Coupling coupling{};
  const int dim = grid.dimension();
  if (dim == 1) {
    return coupling;
  }
  for (const Box& piece : mesh::pieces(box, sampled_cells, {true, true, true, true})) {
    const Batch a = sde.diffusion(points(grid, piece));
    for (int i = 0; i < dim; ++i) {
      for (int j = i + 1; j < dim; ++j) {
        const auto shared = a.col(model::pair_index(i, j, dim));
        coupling[i][j] = coupling[j][i] = coupling[i][j] || (shared.isFinite() && shared != 0).any();
      }
    }
  }
  return coupling;
}

}  // namespace sgdflux::fv
