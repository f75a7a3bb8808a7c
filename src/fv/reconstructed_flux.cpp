#include <algorithm>
#include <limits>

#include "sgdflux/fv/face_flux.hpp"
#include "sgdflux/fv/weights.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

/// Péclet number Pe = |B|h/A of a face from which on the damping flux acts, with the share 1 − 10/Pe.
constexpr double damped_peclet = 10;

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

class Reconstruction {
 public:
  Reconstruction(const mesh::Grid& grid, const Scheme& scheme, int axis, const Coefficients& cells, const Box& box,
                 const Coupling& coupling)
      : grid_(grid),
        scheme_(scheme),
        axis_(axis),
        dim_(grid.dimension()),
        cells_(cells),
        box_(box),
        m_(fv::half_width(scheme.flux)),
        pairs_(scheme.damping > 0 ? std::max(m_, 2) : m_),
        slots_(axis, dim_, m_, pairs_, coupling) {
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
    if (!inside(axis, right[axis_]) || !inside(axis, right[axis_] - 1)) {
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

  void central(const Cell& cell, Index position, int m, Batch& weights, Index row) const {
    const FaceWeights& w = face_weights(m);
    const double half_h = 0.5 / grid_.axis(axis_).spacing();
    for_each_pair(cell, m, [&](int k, int side) {
      const Index at = position + (side > 0 ? k : -1 - k) * strides_[axis_];
      weights(row, slots_.pair(side > 0 ? k : -1 - k)) +=
          w.value[k] * drift(at) - side * half_h * w.difference[k] * diffusion(at, axis_);
    });
  }

  void damp(const Cell& cell, Index position, int m, Batch& weights, Index row) const {
    if (scheme_.damping <= 0 || m < 2) {
      return;
    }
    const Index left = position - strides_[axis_];
    const double speed = 0.5 * std::abs(drift(position) + drift(left));
    const double noise = 0.5 * (diffusion(position, axis_) + diffusion(left, axis_));
    const double push = speed * grid_.axis(axis_).spacing();
    const double share = push > 0 ? std::clamp(1 - damped_peclet * noise / push, 0., 1.) : 0;
    for_each_pair(cell, m, [&](int k, int side) {
      weights(row, slots_.pair(side > 0 ? k : -1 - k)) +=
          side * scheme_.damping * share * speed * face_weights(m).damping[k];
    });
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

  void cross(const Cell& right, Index position, int which, int m, Batch& weights, Index row) const {
    for_each_pair(right, m, [&](int k, int side) {
      const int shift = side > 0 ? k : -1 - k;
      derivative(Slots::shifted(right, axis_, shift), position + shift * strides_[axis_], which, shift,
                 face_weights(m).value[k], weights, row);
    });
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
      if (!inside(axis, cell[j] + l)) {
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

  const mesh::Grid& grid_;
  const Scheme& scheme_;
  int axis_;
  int dim_;
  const Coefficients& cells_;
  const Box& box_;
  int m_;
  int pairs_;
  Slots slots_;
  std::array<Index, core::max_dimension> strides_{};
};

}  // namespace

Index reach(const Scheme& scheme) {
  return std::max(half_width(scheme.flux), !two_point(scheme.flux) && scheme.damping > 0 ? 2 : 1);
}

FaceFlux reconstructed_flux(const mesh::Grid& grid, const Scheme& scheme, int axis, const Box& faces,
                            const Coefficients& cells, const Box& box, const Coupling& coupling) {
  const Reconstruction reconstruction(grid, scheme, axis, cells, box, coupling);
  const auto& offsets = reconstruction.slots().offsets;
  FaceFlux flux{axis, faces, offsets, Batch::Zero(faces.cells(), static_cast<Eigen::Index>(offsets.size()))};
  for (Index row = 0; row < faces.cells(); ++row) {
    reconstruction.face(faces.cell(row), flux.weights, row);
  }
  return flux;
}

Coupling find_coupling(const model::Sde& sde, const mesh::Grid& grid, const Box& box) {
  Coupling coupling{};
  const int dim = grid.dimension();
  if (dim == 1) {
    return coupling;
  }
  const Batch a = sde.diffusion(physical(grid, centres(grid, box)));
  for (int i = 0; i < dim; ++i) {
    for (int j = i + 1; j < dim; ++j) {
      coupling[i][j] = coupling[j][i] = (a.col(model::pair_index(i, j, dim)) != 0).any();
    }
  }
  return coupling;
}

}  // namespace sgdflux::fv
