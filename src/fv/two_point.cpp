#include "sgdflux/fv/two_point.hpp"

#include <algorithm>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

/// Cells whose coefficients are held at once.
constexpr Index piece_cells = Index{1} << 15;

std::vector<Box> pieces_of(const Box& box) { return mesh::pieces(box, piece_cells, {true, true, true, true}); }

/// The layer of faces at one end of the lattice that no probability passes, if this box has it.
Box wall(const mesh::Grid& grid, const Box& faces, int axis, bool upper) {
  const auto d = static_cast<std::size_t>(axis);
  Box layer = faces;
  const Index end = upper ? grid.axis(axis).cells() : 0;
  layer.lower[d] = std::clamp(end, faces.lower[d], faces.upper[d]);
  layer.upper[d] = std::clamp(end + 1, faces.lower[d], faces.upper[d]);
  return layer;
}

class Builder {
 public:
  Builder(const Discretisation& problem, const Box& owned) : problem_(problem), owned_(owned) {
    for (int axis = 0; axis < dimension(); ++axis) {
      const Index faces = faces_of(owned, axis).cells();
      rates_.push_back({Eigen::ArrayXd::Zero(faces), Eigen::ArrayXd::Zero(faces)});
    }
  }

  std::vector<TwoPoint> build() {
    for (const Box& piece : pieces_of(owned_)) {
      add_inside(piece);
    }
    for (int axis = 0; axis < dimension() && owned_.cells() > 0; ++axis) {
      for (const bool upper : {false, true}) {
        add_outside(axis, upper);
        close(axis, upper);
      }
      make_monotone(rates_[static_cast<std::size_t>(axis)]);
    }
    return std::move(rates_);
  }

 private:
  [[nodiscard]] int dimension() const { return problem_.grid.dimension(); }

  void add_inside(const Box& piece) {
    const Coefficients values = cell_coefficients(problem_.sde, problem_.grid, piece);
    for (int axis = 0; axis < dimension(); ++axis) {
      add_up(values, piece, axis);
      add_down(values, piece, axis);
    }
  }

  /// Cells beside the box, of which one face belongs to it.
  void add_outside(int axis, bool upper) {
    const auto d = static_cast<std::size_t>(axis);
    Box layer = owned_;
    (upper ? layer.lower : layer.upper)[d] = upper ? owned_.upper[d] : owned_.lower[d];
    (upper ? layer.upper : layer.lower)[d] = upper ? owned_.upper[d] + 1 : owned_.lower[d] - 1;
    const bool inside = layer.lower[d] >= 0 && layer.upper[d] <= problem_.grid.axis(axis).cells();
    if (!inside && !problem_.grid.axis(axis).periodic()) {
      return;
    }
    for (const Box& piece : pieces_of(layer)) {
      const Coefficients values = cell_coefficients(problem_.sde, problem_.grid, piece);
      upper ? add_down(values, piece, axis) : add_up(values, piece, axis);
    }
  }

  /// (A/h + B)/2h of the cells of a piece at the faces above them.
  void add_up(const Coefficients& values, const Box& piece, int axis) {
    mesh::Cell above{};
    above[static_cast<std::size_t>(axis)] = 1;
    write(values, mesh::moved(piece, above), axis, 1, rates_[static_cast<std::size_t>(axis)].up);
  }
  /// (A/h − B)/2h of the cells of a piece at the faces below them.
  void add_down(const Coefficients& values, const Box& piece, int axis) {
    write(values, piece, axis, -1, rates_[static_cast<std::size_t>(axis)].down);
  }

  void write(const Coefficients& values, const Box& faces, int axis, double sign, Eigen::ArrayXd& to) const {
    const double h = problem_.grid.axis(axis).spacing();
    const auto drift = values.drift.col(axis);
    const auto diffusion = values.diffusion.col(model::pair_index(axis, axis, dimension()));
    mesh::for_each_row(faces_of(owned_, axis), faces, [&](const mesh::Cell& face, Index at, Index length) {
      const Index first = faces.position(face);
      to.segment(at, length) = (diffusion.segment(first, length) / h + sign * drift.segment(first, length)) * (0.5 / h);
    });
  }

  void close(int axis, bool upper) {
    if (problem_.grid.axis(axis).periodic()) {
      return;
    }
    TwoPoint& rates = rates_[static_cast<std::size_t>(axis)];
    const Box faces = faces_of(owned_, axis);
    const Box layer = wall(problem_.grid, faces, axis, upper);
    mesh::for_each_row(faces, layer, [&](const mesh::Cell&, Index at, Index length) {
      rates.up.segment(at, length) = 0;
      rates.down.segment(at, length) = 0;
    });
  }

  static void make_monotone(TwoPoint& rates) {
    for (Eigen::Index face = 0; face < rates.up.size(); ++face) {
      const double advective = 0.5 * (rates.up(face) - rates.down(face));
      const double diffusive = 0.5 * (rates.up(face) + rates.down(face));
      if (diffusive < std::abs(advective)) {
        rates.up(face) = std::abs(advective) + advective;
        rates.down(face) = std::abs(advective) - advective;
      }
    }
  }

  const Discretisation& problem_;
  const Box& owned_;
  std::vector<TwoPoint> rates_;
};

}  // namespace

std::vector<TwoPoint> two_point_generator(const Discretisation& problem, const Box& owned) {
  if (absorbs(problem)) {
    throw core::InternalError("two-point rates are for generators that keep all probability");
  }
  return Builder(problem, owned).build();
}

}  // namespace sgdflux::fv
