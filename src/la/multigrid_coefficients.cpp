#include "la/multigrid_coefficients.hpp"

#include <algorithm>

namespace sgdflux::la::multigrid {
namespace {

/// Scales outside of these would leave single precision no room.
constexpr double smallest_scale = 1e-37;
constexpr double largest_scale = 1e37;

/// The owned cells of one rank in rows along the last axis.
class Rows {
 public:
  Rows(Ghosts& ghosts, int dimension)
      : ghosts_(ghosts),
        last_(static_cast<std::size_t>(dimension - 1)),
        columns_(ghosts.owned().extent(dimension - 1)),
        step_(strides(ghosts.box())),
        field_(ghosts.field()) {}

  [[nodiscard]] std::size_t cells() const { return static_cast<std::size_t>(ghosts_.owned().cells()); }
  [[nodiscard]] Index step(std::size_t axis) const { return step_[axis]; }

  /// Calls visit(position among split rows, position in `one`, position in `other`) for every owned cell.
  template <class Visit>
  void for_each(const Box& one, const Box& other, const Visit& visit) const {
    std::size_t row = 0;
    for_each_line(ghosts_.owned(), last_, [&](const Cell& line) {
      const Index first = one.position(line);
      const Index second = other.position(line);
      for (const Index odd : {0, 1}) {
        const Index count = (columns_ + 1 - odd) / 2;
        for (Index k = 0; k < count; ++k) {
          visit(row + static_cast<std::size_t>(k), first + 2 * k + odd, second + 2 * k + odd);
        }
        row += static_cast<std::size_t>(count);
      }
    });
  }
  /// value(position among split rows) of owned cells, on the box of the ghosts with its border. Collective.
  template <class Value>
  const double* with_border(const Value& value) {
    for_each_in_field([&](std::size_t i, Index at) { field_(at) = value(i); });
    ghosts_.exchange(field_.data());
    return field_.data();
  }
  /// Calls visit(i, position in the field of with_border).
  template <class Visit>
  void for_each_in_field(const Visit& visit) const {
    for_each(ghosts_.box(), ghosts_.box(), [&](std::size_t i, Index at, Index) { visit(i, at); });
  }
  /// Calls visit(i, position of the face below, of the face above, in the field).
  template <class Visit>
  void for_each_face(std::size_t axis, const Visit& visit) const {
    const Box faces = faces_along(ghosts_.owned(), axis);
    const Index above = strides(faces)[axis];
    for_each(faces, ghosts_.box(), [&](std::size_t i, Index at, Index field) { visit(i, at, at + above, field); });
  }

 private:
  Ghosts& ghosts_;
  std::size_t last_;
  Index columns_;
  std::array<Index, axis_count> step_;
  Eigen::ArrayXd field_;
};

std::vector<float> scales(const Rows& rows, const std::vector<FaceRates>& faces) {
  std::vector<double> losses(rows.cells(), 0.);
  std::vector<double> gains(rows.cells(), 0.);
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    const auto& [up, down] = faces[axis];
    rows.for_each_face(axis, [&](std::size_t i, Index below, Index above, Index) {
      losses[i] += up(above) + down(below);
      gains[i] += up(below) + down(above);
    });
  }
  std::vector<float> result(rows.cells());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double larger = std::max(losses[i], gains[i]);
    result[i] = larger > 0 ? static_cast<float>(std::clamp(larger, smallest_scale, largest_scale)) : 0;
  }
  return result;
}

float rounded(double rate, double scale) { return static_cast<float>(quotient(rate, scale)); }

Coefficients empty_coefficients(std::size_t cells, std::size_t axes, std::vector<float> scale) {
  const Coefficients::Shares shares{std::vector<float>(cells), std::vector<float>(cells)};
  return {std::vector<Coefficients::Shares>(axes, shares), std::move(scale), std::vector<double>(cells, 0.)};
}

}  // namespace

double Coefficients::bytes() const {
  const std::size_t singles = scale.size() * (2 * shares.size() + 1);
  return static_cast<double>(singles * sizeof(float) + diagonal.size() * sizeof(double));
}

Coefficients coefficients(Ghosts& ghosts, int dimension, const std::vector<FaceRates>& faces) {
  Rows rows(ghosts, dimension);
  Coefficients result = empty_coefficients(rows.cells(), faces.size(), scales(rows, faces));
  const double* scale = rows.with_border([&](std::size_t i) { return static_cast<double>(result.scale[i]); });
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    const auto& [up, down] = faces[axis];
    auto& [from_below, from_above] = result.shares[axis];
    const Index step = rows.step(axis);
    rows.for_each_face(axis, [&](std::size_t i, Index below, Index above, Index field) {
      from_below[i] = rounded(up(below), result.scale[i]);
      from_above[i] = rounded(down(above), result.scale[i]);
      const double to_below = scale[field - step];
      const double to_above = scale[field + step];
      result.diagonal[i] += to_below * static_cast<double>(rounded(down(below), to_below)) +
                            to_above * static_cast<double>(rounded(up(above), to_above));
    });
  }
  return result;
}

Coefficients transposed(Ghosts& ghosts, int dimension, const Coefficients& forward) {
  Rows rows(ghosts, dimension);
  Coefficients result = empty_coefficients(rows.cells(), forward.shares.size(), forward.scale);
  const auto take = [&](const std::vector<float>& shares, Index step, std::vector<float>& to) {
    const double* rates = rows.with_border(
        [&](std::size_t i) { return static_cast<double>(shares[i]) * static_cast<double>(forward.scale[i]); });
    rows.for_each_in_field([&](std::size_t i, Index at) {
      to[i] = rounded(rates[at + step], forward.scale[i]);
      result.diagonal[i] += static_cast<double>(to[i]) * static_cast<double>(forward.scale[i]);
    });
  };
  for (std::size_t axis = 0; axis < forward.shares.size(); ++axis) {
    take(forward.shares[axis].above, -rows.step(axis), result.shares[axis].below);
    take(forward.shares[axis].below, rows.step(axis), result.shares[axis].above);
  }
  return result;
}

}  // namespace sgdflux::la::multigrid
