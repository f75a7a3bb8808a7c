#include "flux_limiter.hpp"

#include <algorithm>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;
using mesh::Box;
using mesh::Cell;

constexpr double rounding = 1e-16;  ///< of the mass, and of what moves: what may be lacking at the end
constexpr int most_sweeps = 5000;

Cell moved(Cell cell, int axis, Index by) {
  cell[axis] += by;
  return cell;
}

int position_or_none(const Box& box, const Cell& cell) {
  return box.contains(cell) ? static_cast<int>(box.position(cell)) : -1;
}

CellFaces faces_along(const Box& owned, int axis) {
  const Box faces = fv::faces_of(owned, axis);
  CellFaces rows{Eigen::ArrayXi(owned.cells()), Eigen::ArrayXi(owned.cells())};
  for (Index c = 0; c < owned.cells(); ++c) {
    rows.below(c) = static_cast<int>(faces.position(owned.cell(c)));
    rows.above(c) = static_cast<int>(faces.position(moved(owned.cell(c), axis, 1)));
  }
  return rows;
}

CellFaces cells_along(const Box& owned, const Box& around, int axis) {
  const Box faces = fv::faces_of(owned, axis);
  CellFaces cells{Eigen::ArrayXi(faces.cells()), Eigen::ArrayXi(faces.cells())};
  for (Index f = 0; f < faces.cells(); ++f) {
    cells.below(f) = position_or_none(around, moved(faces.cell(f), axis, -1));
    cells.above(f) = position_or_none(around, faces.cell(f));
  }
  return cells;
}

}  // namespace

std::vector<CellFaces> cell_faces(const mesh::Grid& grid, const Box& owned) {
  std::vector<CellFaces> all;
  for (int axis = 0; axis < grid.dimension(); ++axis) {
    all.push_back(faces_along(owned, axis));
  }
  return all;
}

Array gain(const std::vector<CellFaces>& faces, const FaceAmounts& amounts) {
  Array total = Array::Zero(faces.front().below.size());
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    total += amounts[axis](faces[axis].below) - amounts[axis](faces[axis].above);
  }
  return total;
}

FluxLimiter::FluxLimiter(MPI_Comm comm, const mesh::Grid& grid, const mesh::Partition& partition)
    : comm_(comm), halo_(comm, partition, 1), faces_(cell_faces(grid, partition.owned(la::rank(comm)))) {
  for (int axis = 0; axis < grid.dimension(); ++axis) {
    cells_.push_back(cells_along(partition.owned(la::rank(comm)), halo_.box(), axis));
  }
}

Array FluxLimiter::inflow(const FaceAmounts& correction, const Array& ratio) const {
  Array total = Array::Zero(faces_.front().below.size());
  for (std::size_t axis = 0; axis < faces_.size(); ++axis) {
    const Array& amounts = correction[axis];
    for (Index c = 0; c < total.size(); ++c) {
      const int below = faces_[axis].below(c);
      const int above = faces_[axis].above(c);
      if (amounts(below) > 0) {
        total(c) += at(ratio, cells_[axis].below(below)) * amounts(below);
      }
      if (amounts(above) < 0) {
        total(c) -= at(ratio, cells_[axis].above(above)) * amounts(above);
      }
    }
  }
  return total;
}

Array FluxLimiter::outflow(const FaceAmounts& correction) const {
  Array total = Array::Zero(faces_.front().below.size());
  for (std::size_t axis = 0; axis < faces_.size(); ++axis) {
    total += correction[axis](faces_[axis].above).max(0.) - correction[axis](faces_[axis].below).min(0.);
  }
  return total;
}

FaceAmounts FluxLimiter::cut(const FaceAmounts& correction, const Array& ratio) const {
  FaceAmounts result = correction;
  for (std::size_t axis = 0; axis < cells_.size(); ++axis) {
    for (Index f = 0; f < result[axis].size(); ++f) {
      double& amount = result[axis](f);
      amount *= 1 - at(ratio, amount > 0 ? cells_[axis].below(f) : cells_[axis].above(f));
    }
  }
  return result;
}

Limited FluxLimiter::limit(const Array& floor, const FaceAmounts& correction) const {
  const Array out = outflow(correction);
  const double allowed = rounding * la::sum(comm_, floor.sum() + out.sum());
  Array ratio = Array::Ones(out.size());
  Limited result;
  for (;; ++result.sweeps) {
    const Array around = halo_.exchange(ratio);
    const Array supply = floor + inflow(correction, around);
    const Array density = supply - ratio * out;
    result.deficit = -la::sum(comm_, density.min(0.).sum());
    if (result.deficit <= allowed || result.sweeps == most_sweeps) {
      result.cut = cut(correction, around);
      result.total = la::sum(comm_, ((1 - ratio) * out).sum());
      return result;
    }
    // Where it is negative something leaves: out > 0.
    ratio = (density < 0).select(supply / out, ratio);
  }
}

}  // namespace sgdflux::solve
