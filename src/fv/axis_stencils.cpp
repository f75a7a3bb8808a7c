#include "fv/axis_stencils.hpp"

#include <algorithm>
#include <cmath>

namespace sgdflux::fv {
namespace {

using Weights = std::array<double, max_half_width>;

/// Stencils of the faces and cells of an axis.
class Builder {
 public:
  Builder(const mesh::Axis& axis, const Scheme& scheme)
      : axis_(axis), m_(half_width(scheme.flux)), pairs_(scheme.damping > 0 ? std::max(m_, 2) : 0) {}

  /// What flows into cell c, of face stencils that are relative to the cell above the face.
  template <class Face>
  [[nodiscard]] Stencil divergence(Index c, const Face& face) const {
    Stencil result;
    result.add(1 / h(), face(c));
    return result.add(-1 / h(), lowered(face(c + 1)));
  }
  template <class Face>
  [[nodiscard]] StencilTable table(const Face& stencil) const {
    return {axis_.cells(), axis_.periodic(), stencil};
  }

  [[nodiscard]] Stencil value(Index face) const {
    const int m = room_at_face(face, m_);
    return has_flux(face) && m > 0 ? pairs(face_weights(m).value, m, 1) : Stencil{};
  }
  /// −½ ∂ of a flux function.
  [[nodiscard]] Stencil second(Index face) const {
    const int m = room_at_face(face, m_);
    Stencil result;
    return has_flux(face) && m > 0 ? result.add(-0.5 / h(), pairs(face_weights(m).difference, m, -1)) : result;
  }
  [[nodiscard]] Stencil damping(Index face) const {
    const int m = room_at_face(face, pairs_);
    return has_flux(face) && m > 1 ? pairs(face_weights(m).damping, m, -1) : Stencil{};
  }
  [[nodiscard]] Stencil derivative(Index cell) const {
    const int below = room_below(cell, m_);
    const int above = room_above(cell, m_);
    const int m = std::min(below, above);
    Stencil result;
    for (int l = 1; l <= m; ++l) {
      result[l] = derivative_weights(m)[static_cast<std::size_t>(l - 1)] / h();
      result[-l] = -result[l];
    }
    if (m == 0 && above != below) {
      const int inward = above > below ? 1 : -1;
      result[inward] = 0.5 * inward / h();
      result[0] = -result[inward];
    }
    return result;
  }
  /// A face stencil relative to the cell below.
  static Stencil lowered(const Stencil& face) {
    Stencil result;
    for (int k = -max_half_width; k < max_half_width; ++k) {
      result[k + 1] = face[k];
    }
    return result;
  }
  /// Weights of cell c in the faces around it: entry k belongs to face c + k.
  [[nodiscard]] Stencil damping_of_faces(Index cell) const {
    Stencil result;
    for (int k = 1 - pairs_; k <= pairs_; ++k) {
      result[k] = damping(wrapped(cell + k))[-k] / h();
    }
    return result;
  }

 private:
  [[nodiscard]] double h() const { return axis_.spacing(); }
  [[nodiscard]] Index wrapped(Index face) const {
    return axis_.periodic() ? (face % axis_.cells() + axis_.cells()) % axis_.cells() : face;
  }
  [[nodiscard]] bool has_flux(Index face) const { return axis_.periodic() || (face > 0 && face < axis_.cells()); }
  /// How far a stencil may reach below or above a cell, at most `cap`: as in reconstructed_flux.
  [[nodiscard]] int room_below(Index cell, int cap) const {
    const bool wall = axis_.spec().lower == mesh::Boundary::reflecting;
    return wall ? static_cast<int>(std::clamp<Index>(cell, 0, cap)) : cap;
  }
  [[nodiscard]] int room_above(Index cell, int cap) const {
    const bool wall = axis_.spec().upper == mesh::Boundary::reflecting;
    return wall ? static_cast<int>(std::clamp<Index>(axis_.cells() - 1 - cell, 0, cap)) : cap;
  }
  [[nodiscard]] int room_at_face(Index face, int cap) const {
    return std::min(room_below(face, cap), room_above(face - 1, cap));
  }
  /// Σ_k weights_k (cell face + k  ± cell face − 1 − k).
  static Stencil pairs(const Weights& weights, int m, int below) {
    Stencil result;
    for (int k = 0; k < m; ++k) {
      result[k] = weights[static_cast<std::size_t>(k)];
      result[-1 - k] = below * weights[static_cast<std::size_t>(k)];
    }
    return result;
  }

  const mesh::Axis& axis_;
  int m_;
  int pairs_;
};

StencilTable sum(const Builder& build, const StencilTable& a, const StencilTable& b) {
  return build.table([&](Index c) { return Stencil(a[c]).add(1, b[c]); });
}

}  // namespace

AxisStencils::AxisStencils(const mesh::Axis& axis, const Scheme& scheme) {
  const Builder build(axis, scheme);
  const double h = axis.spacing();
  value = build.table([&](Index c) { return build.divergence(c, [&](Index face) { return build.value(face); }); });
  second = build.table([&](Index c) { return build.divergence(c, [&](Index face) { return build.second(face); }); });
  lower = build.table([&](Index c) { return Stencil{}.add(1 / h, build.damping(c)); });
  upper = build.table([&](Index c) { return Stencil{}.add(-1 / h, Builder::lowered(build.damping(c + 1))); });
  both = sum(build, lower, upper);
  derivative = build.table([&](Index c) { return build.derivative(c); });
}

TransposedStencils::TransposedStencils(const mesh::Axis& axis, const Scheme& scheme, const AxisStencils& forward) {
  const Builder build(axis, scheme);
  const auto transpose = [&](const StencilTable& table) { return transposed(table, axis.cells(), axis.periodic()); };
  value = transpose(forward.value);
  second = transpose(forward.second);
  both = transpose(forward.both);
  derivative = transpose(forward.derivative);
  faces = build.table([&](Index c) { return build.damping_of_faces(c); });
  faces_below = build.table([&](Index c) {
    Stencil result;
    for (int k = -max_half_width; k < max_half_width; ++k) {
      result[k] = -faces[c][k + 1];
    }
    return result;
  });
}

StencilSizes stencil_sizes(const mesh::Axis& axis, const Scheme& scheme) {
  const int m = half_width(scheme.flux);
  const double h = axis.spacing();
  StencilSizes sizes{0, 0};
  double middle = 0;
  for (int k = 0; k < m; ++k) {
    const auto at = static_cast<std::size_t>(k);
    sizes.first += 2 * std::abs(derivative_weights(m)[at]) / h;
    sizes.second += 2 * std::abs(second_derivative_weights(m)[at]) / (h * h);
    middle -= 2 * second_derivative_weights(m)[at] / (h * h);
  }
  sizes.second += std::abs(middle);
  return sizes;
}

}  // namespace sgdflux::fv
