#include "la/multigrid_level.hpp"

#include <algorithm>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la::multigrid {
namespace {

/// Stages of one run at most.
constexpr std::size_t stage_limit = 6;

/// One row of cells along the last axis with all that belongs to it; arrays begin at its first owned cell.
template <int dim>
struct Row {
  const double* gain_below[dim];  // rate at which the cell below gives to this one, and so on
  const double* gain_above[dim];
  const double* loss_below[dim];
  const double* loss_above[dim];
  Index step[dim];
  double* u;
  double* residual;
  const double* right;
  const double* width;
  double shift;
  int parity;  // of the cell at position 0
  Index first;
  Index last;
  Index position;  // of the first owned cell of the row among owned cells

  [[nodiscard]] double diagonal(Index j) const {
    double sum = shift * width[j];
    for (int a = 0; a < dim; ++a) {
      sum += loss_below[a][j] + loss_above[a][j];
    }
    return sum;
  }
  [[nodiscard]] double gain(Index j) const {
    double sum = 0;
    for (int a = 0; a < dim; ++a) {
      sum += gain_below[a][j] * u[j - step[a]] + gain_above[a][j] * u[j + step[a]];
    }
    return sum;
  }
};

/// 1/d; a cell that nothing leaves keeps 0.
double inverse(double d) { return d > 0 ? 1 / d : 0; }

// Both colours are computed and one is kept: contiguous vectors are faster than every other value. Cells of one colour
// do not read each other inside a row, so vectors need not wait for each other.
template <int dim>
void start_row(const Row<dim>& given, Colour colour) {
  const Row<dim> row = given;
  const Index parity = row.parity + static_cast<Index>(colour);
#pragma GCC ivdep
  for (Index j = row.first; j < row.last; ++j) {
    const double value = row.right[j] * inverse(row.diagonal(j));
    row.u[j] = ((j + parity) & 1) == 0 ? value : 0;
  }
}

template <int dim>
void relax_row(const Row<dim>& given, Colour colour) {
  const Row<dim> row = given;
  const Index parity = row.parity + static_cast<Index>(colour);
#pragma GCC ivdep
  for (Index j = row.first; j < row.last; ++j) {
    const double value = (row.right[j] + row.gain(j)) * inverse(row.diagonal(j));
    row.u[j] = ((j + parity) & 1) == 0 ? value : row.u[j];
  }
}

template <int dim>
void residual_in_place(const Row<dim>& given) {
  const Row<dim> row = given;
#pragma GCC ivdep
  for (Index j = row.first; j < row.last; ++j) {
    const double value = row.right[j] + row.gain(j) - row.diagonal(j) * row.u[j];
    row.u[j] = ((j + row.parity) & 1) == 0 ? value : row.u[j];
  }
}

template <int dim>
void residual_apart_row(const Row<dim>& given) {
  const Row<dim> row = given;
#pragma GCC ivdep
  for (Index j = row.first; j < row.last; ++j) {
    row.residual[j] = row.right[j] + row.gain(j) - row.diagonal(j) * row.u[j];
  }
}

template <int dim>
void apply_row(const Row<dim>& given, double* result) {
  const Row<dim> row = given;
#pragma GCC ivdep
  for (Index j = row.first; j < row.last; ++j) {
    result[j] = row.gain(j) - row.diagonal(j) * row.u[j];
  }
}

/// The box without what lies within `by` cells of sides where other ranks or images begin.
Box shrunk(const Box& owned, const Decomposition& cells, Index by) {
  Box box = owned;
  for (std::size_t d = 0; d < static_cast<std::size_t>(cells.dimension); ++d) {
    box.lower[d] += cells.periodic[d] || owned.lower[d] > 0 ? by : 0;
    box.upper[d] -= cells.periodic[d] || owned.upper[d] < cells.shape[d] ? by : 0;
  }
  if (empty(box)) {
    box.upper = box.lower;
  }
  return box;
}

/// Boxes that make up `outer` without `inner`, which lies in it.
std::vector<Box> difference(Box outer, const Box& inner) {
  if (empty(inner)) {
    return empty(outer) ? std::vector<Box>{} : std::vector<Box>{outer};
  }
  std::vector<Box> parts;
  const auto add = [&](Box part, std::size_t d, Index lower, Index upper) {
    part.lower[d] = lower;
    part.upper[d] = upper;
    if (lower < upper) {
      parts.push_back(part);
    }
  };
  for (std::size_t d = 0; d < axis_count; ++d) {
    add(outer, d, outer.lower[d], inner.lower[d]);
    add(outer, d, inner.upper[d], outer.upper[d]);
    outer.lower[d] = inner.lower[d];
    outer.upper[d] = inner.upper[d];
  }
  return parts;
}

bool odd_and_periodic(const Decomposition& cells) {
  for (std::size_t d = 0; d < axis_count; ++d) {
    if (cells.periodic[d] && cells.shape[d] % 2 == 1 && cells.shape[d] > 1) {
      return true;
    }
  }
  return false;
}

}  // namespace

Level::Level(MPI_Comm comm, Lattice lattice, std::vector<FaceRates> faces)
    : lattice_(std::move(lattice)),
      faces_(std::move(faces)),
      beside_(std::make_unique<Ghosts>(comm, lattice_.cells, 1, false)),
      around_(std::make_unique<Ghosts>(comm, lattice_.cells, 1, true)),
      owned_(beside_->owned()),
      dimension_(lattice_.cells.dimension),
      step_(strides(beside_->box())),
      values_(beside_->field()) {
  for (std::size_t a = 0; a < axis_count; ++a) {
    face_step_[a] = strides(faces_along(owned_, a));
  }
  for (std::size_t k = 0; k < stage_limit; ++k) {
    regions_.push_back(shrunk(owned_, lattice_.cells, static_cast<Index>(k)));
    shells_.push_back(difference(owned_, regions_.back()));
  }
  if (odd_and_periodic(lattice_.cells)) {
    residual_ = beside_->field();
  }
}

View Level::view() const { return {values_.data(), beside_->box(), lattice_.cells.shape, lattice_.cells.periodic}; }

double Level::bytes() const {
  Eigen::Index numbers = values_.size() + residual_.size() + own_right_.size();
  for (const FaceRates& rates : faces_) {
    numbers += rates.up.size() + rates.down.size();
  }
  return static_cast<double>(numbers) * sizeof(double);
}

Traffic Level::traffic() const {
  Traffic sum = beside_->traffic();
  sum.exchanges += around_->traffic().exchanges;
  sum.messages += around_->traffic().messages;
  sum.bytes += around_->traffic().bytes;
  return sum;
}

double* Level::own_right() {
  if (own_right_.size() == 0) {
    own_right_.resize(owned_.cells());
  }
  right_ = own_right_.data();
  return own_right_.data();
}

/// Calls work(row) for the rows of a region.
template <int dim, class Work>
void Level::for_each_row(const Box& region, const Work& work) {
  constexpr std::size_t last = dim - 1;
  Row<dim> row;
  row.width = lattice_.width[last].data() + owned_.lower[last];
  row.first = region.lower[last] - owned_.lower[last];
  row.last = region.upper[last] - owned_.lower[last];
  Box rows = region;
  rows.lower[last] = owned_.lower[last];
  rows.upper[last] = owned_.lower[last] + 1;
  const Index count = rows.cells();
  Cell cell = rows.lower;
  for (Index i = 0; i < count; ++i) {
    Index field = step_[last];
    Index sum = owned_.lower[last];
    Index position = 0;
    row.shift = shift_;
    for (std::size_t d = 0; d < last; ++d) {
      field += (cell[d] - owned_.lower[d] + 1) * step_[d];
      position = (position + cell[d] - owned_.lower[d]) * (owned_.upper[d + 1] - owned_.lower[d + 1]);
      sum += cell[d];
      row.shift *= lattice_.width[d][static_cast<std::size_t>(cell[d])];
    }
    row.position = position;
    row.parity = static_cast<int>(sum & 1);
    row.u = values_.data() + field;
    row.residual = residual_.data() + (residual_.size() > 0 ? field : 0);
    row.right = right_ + position;
    for (std::size_t a = 0; a < dim; ++a) {
      Index face = 0;
      for (std::size_t d = 0; d < last; ++d) {
        face += (cell[d] - owned_.lower[d]) * face_step_[a][d];
      }
      const double* up = faces_[a].up.data() + face;
      const double* down = faces_[a].down.data() + face;
      row.step[a] = step_[a];
      row.loss_below[a] = down;
      row.loss_above[a] = up + face_step_[a][a];
      row.gain_below[a] = transposed_ ? down : up;
      row.gain_above[a] = (transposed_ ? up : down) + face_step_[a][a];
    }
    work(row);
    for (std::size_t d = last; d-- > 0;) {
      if (++cell[d] < rows.upper[d]) {
        break;
      }
      cell[d] = rows.lower[d];
    }
  }
}

template <class Work>
void Level::dispatch(const Box& region, const Work& work) {
  if (empty(region)) {
    return;
  }
  switch (dimension_) {
    case 1:
      return for_each_row<1>(region, work);
    case 2:
      return for_each_row<2>(region, work);
    case 3:
      return for_each_row<3>(region, work);
    default:
      return for_each_row<4>(region, work);
  }
}

void Level::start(const Box& region, Colour colour) {
  dispatch(region, [&](const auto& row) { start_row(row, colour); });
}

void Level::relax(const Box& region, Colour colour) {
  dispatch(region, [&](const auto& row) { relax_row(row, colour); });
}

void Level::find_residual(const Box& region) {
  if (residual_apart()) {
    dispatch(region, [&](const auto& row) { residual_apart_row(row); });
  } else {
    dispatch(region, [&](const auto& row) { residual_in_place(row); });
  }
}

void Level::apply(double* result) {
  dispatch(owned_, [&](const auto& row) { apply_row(row, result + row.position); });
}

void Level::run(const std::vector<Stage>& stages) {
  const Index lag = dimension_ > 1 ? 1 : 0;  // rows of one-dimensional lattices are not cut
  const Index lower = owned_.lower[0];
  const Index upper = owned_.upper[0];
  const auto slab = [&](std::size_t k, Index i) {
    Box part = regions_[k];
    part.lower[0] = std::max(part.lower[0], i);
    part.upper[0] = std::min(part.upper[0], i + 1);
    stages[k](part);
  };
  if (lag == 0) {
    for (std::size_t k = 0; k < stages.size(); ++k) {
      stages[k](regions_[k]);
    }
  } else {
    for (Index i = lower; i < upper + static_cast<Index>(stages.size()); ++i) {
      for (std::size_t k = 0; k < stages.size(); ++k) {
        slab(k, i - static_cast<Index>(k));
      }
    }
  }
  for (std::size_t k = 1; k < stages.size(); ++k) {
    exchange();
    for (const Box& part : shells_[k]) {
      stages[k](part);
    }
  }
}

void Level::exchange() { beside_->exchange(values_.data()); }
void Level::exchange_corners() { around_->exchange(values_.data()); }
void Level::exchange_residual() {
  around_->exchange(residual_apart() ? residual_.data() : values_.data());
}

}  // namespace sgdflux::la::multigrid
