#include "la/multigrid_level.hpp"

#include <algorithm>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la::multigrid {
namespace {

/// Stages of one run at most.
constexpr std::size_t stage_limit = 5;

/// One row of cells along the last axis with all that belongs to it; arrays begin at its first owned cell. Coefficients
/// are of cells of one column parity only.
/// @tparam shifted whether σ is not 0.
template <int dim, bool shifted>
struct Row {
  const float* below[dim];
  const float* above[dim];
  const float* scale;
  const double* diagonal;
  Index step[dim];
  double* u;
  const double* right;
  const double* width;
  double shift;
  Index first;  // k of the first cell, which is 2k + parity
  Index last;
  Index parity;

  [[nodiscard]] double gain(Index k) const {
    const Index j = 2 * k + parity;
    double sum = 0;
    for (int a = 0; a < dim; ++a) {
      sum += static_cast<double>(below[a][k]) * u[j - step[a]] + static_cast<double>(above[a][k]) * u[j + step[a]];
    }
    return static_cast<double>(scale[k]) * sum;
  }
  /// (σ − L)_cc
  [[nodiscard]] double own(Index k) const {
    if constexpr (shifted) {
      return diagonal[k] + shift * width[2 * k + parity];
    }
    return diagonal[k];
  }
  [[nodiscard]] double value(Index k) const { return u[2 * k + parity]; }
  [[nodiscard]] double wanted(Index k) const { return right[2 * k + parity]; }
};

void scatter(const double* __restrict values, Index count, double* __restrict to) {
  for (Index k = 0; k < count; ++k) {
    to[2 * k] = values[k];
  }
}

/// buffer[k] = value(k) for the cells of a row.
template <class Cells, class Value>
void evaluate(const Cells& given, double* __restrict buffer, const Value& value) {
  const Cells row = given;
#pragma GCC ivdep
  for (Index k = row.first; k < row.last; ++k) {
    buffer[k - row.first] = value(row, k);
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

Level::Level(MPI_Comm comm, Lattice lattice, const std::vector<FaceRates>& faces)
    : lattice_(std::move(lattice)),
      beside_(std::make_unique<Ghosts>(comm, lattice_.cells, 1, false)),
      around_(std::make_unique<Ghosts>(comm, lattice_.cells, 1, true)),
      owned_(beside_->owned()),
      dimension_(lattice_.cells.dimension),
      step_(strides(beside_->box())),
      values_(beside_->field()) {
  for (std::size_t k = 0; k < stage_limit; ++k) {
    regions_.push_back(shrunk(owned_, lattice_.cells, static_cast<Index>(k)));
    shells_.push_back(difference(owned_, regions_.back()));
  }
  if (odd_and_periodic(lattice_.cells)) {
    residual_ = beside_->field();
  }
  forward_ = coefficients(*beside_, dimension_, faces);
  line_.resize(owned_.cells() > 0 ? static_cast<std::size_t>(owned_.extent(dimension_ - 1)) : 0);
}

void Level::set_transposed(bool transposed) {
  transposed_ = transposed;
  if (transposed && !backward_) {
    backward_ = multigrid::transposed(*beside_, dimension_, forward_);
  }
}

View Level::view() const { return {values_.data(), beside_->box(), lattice_.cells.shape, lattice_.cells.periodic}; }

double Level::bytes() const {
  const auto numbers = static_cast<double>(values_.size() + residual_.size() + own_right_.size());
  return numbers * sizeof(double) + forward_.bytes() + (backward_ ? backward_->bytes() : 0);
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

/// Calls work(row, position among owned cells, position in fields) for the rows of a region, with the cells of one
/// colour.
template <class Cells, class Work>
void Level::for_each_row(const Box& region, Colour colour, const Work& work) {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  const Index columns = owned_.upper[last] - owned_.lower[last];
  const Coefficients& all = transposed_ ? *backward_ : forward_;
  Cells row;
  row.width = lattice_.width[last].data() + owned_.lower[last];
  for_each_line(region, last, [&](const Cell& cell) {
    const Place place = place_of(cell);
    row.shift = shift_ * place.volume;
    row.parity = (place.sum + static_cast<Index>(colour)) & 1;
    row.first = (region.lower[last] - owned_.lower[last] - row.parity + 1) / 2;
    row.last = (region.upper[last] - owned_.lower[last] - row.parity + 1) / 2;
    row.u = values_.data() + place.field;
    row.right = right_ + place.owned;
    const Index first = place.owned + (row.parity == 1 ? (columns + 1) / 2 : 0);
    row.scale = all.scale.data() + first;
    row.diagonal = all.diagonal.data() + first;
    for (std::size_t a = 0; a < std::size(row.step); ++a) {
      row.step[a] = step_[a];
      row.below[a] = all.shares[a].below.data() + first;
      row.above[a] = all.shares[a].above.data() + first;
    }
    work(row, place);
  });
}

Level::Place Level::place_of(const Cell& cell) const {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  Place place{0, 1, owned_.lower[last], 1};
  for (std::size_t d = 0; d < last; ++d) {
    const Index along = cell[d] - owned_.lower[d];
    place.field += (along + 1) * step_[d];
    place.owned = (place.owned + along) * (owned_.upper[d + 1] - owned_.lower[d + 1]);
    place.sum += cell[d];
    place.volume *= lattice_.width[d][static_cast<std::size_t>(cell[d])];
  }
  return place;
}

template <bool shifted, class Work>
void Level::for_dimension(const Box& region, Colour colour, const Work& work) {
  switch (dimension_) {
    case 1:
      return for_each_row<Row<1, shifted>>(region, colour, work);
    case 2:
      return for_each_row<Row<2, shifted>>(region, colour, work);
    case 3:
      return for_each_row<Row<3, shifted>>(region, colour, work);
    default:
      return for_each_row<Row<4, shifted>>(region, colour, work);
  }
}

template <class Work>
void Level::dispatch(const Box& region, Colour colour, const Work& work) {
  shift_ > 0 ? for_dimension<true>(region, colour, work) : for_dimension<false>(region, colour, work);
}

void Level::start(const Box& region, Colour colour) {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  dispatch(region, colour, [&](const auto& row, const Place&) {
    evaluate(row, line_.data(), [](const auto& cells, Index k) { return quotient(cells.wanted(k), cells.own(k)); });
    std::fill_n(row.u + region.lower[last] - owned_.lower[last], region.upper[last] - region.lower[last], 0.);
    scatter(line_.data(), row.last - row.first, row.u + 2 * row.first + row.parity);
  });
}

void Level::relax(const Box& region, Colour colour) {
  dispatch(region, colour, [&](const auto& row, const Place&) {
    evaluate(row, line_.data(),
             [](const auto& cells, Index k) { return quotient(cells.wanted(k) + cells.gain(k), cells.own(k)); });
    scatter(line_.data(), row.last - row.first, row.u + 2 * row.first + row.parity);
  });
}

void Level::find_residual(const Box& region) {
  const auto find = [&](Colour colour) {
    dispatch(region, colour, [&](const auto& row, const Place& place) {
      evaluate(row, line_.data(), [](const auto& cells, Index k) {
        return cells.wanted(k) + cells.gain(k) - cells.own(k) * cells.value(k);
      });
      double* to = residual_apart() ? residual_.data() + place.field : row.u;
      scatter(line_.data(), row.last - row.first, to + 2 * row.first + row.parity);
    });
  };
  find(Colour::even);
  if (residual_apart()) {
    find(Colour::odd);
  }
}

void Level::apply(double* result) {
  for (const Colour colour : {Colour::even, Colour::odd}) {
    dispatch(owned_, colour, [&](const auto& row, const Place& place) {
      evaluate(row, line_.data(),
               [](const auto& cells, Index k) { return cells.gain(k) - cells.own(k) * cells.value(k); });
      scatter(line_.data(), row.last - row.first, result + place.owned + 2 * row.first + row.parity);
    });
  }
}

void Level::run(const std::vector<Stage>& stages) {
  sweep(stages);
  for (std::size_t k = 1; k < stages.size(); ++k) {
    exchange();
    for (const Box& part : shells_[k]) {
      stages[k](part);
    }
  }
}

/// Each stage follows one layer of axis 0 behind the one before: what it reads is written, and still in cache.
void Level::sweep(const std::vector<Stage>& stages) {
  const auto count = static_cast<Index>(stages.size());
  if (dimension_ == 1) {  // layers would cut the rows
    for (std::size_t k = 0; k < stages.size(); ++k) {
      stages[k](regions_[k]);
    }
    return;
  }
  for (Index i = owned_.lower[0]; i < owned_.upper[0] + count; ++i) {
    for (std::size_t k = 0; k < stages.size(); ++k) {
      Box layer = regions_[k];
      layer.lower[0] = std::max(layer.lower[0], i - static_cast<Index>(k));
      layer.upper[0] = std::min(layer.upper[0], i - static_cast<Index>(k) + 1);
      stages[k](layer);
    }
  }
}

void Level::exchange() { beside_->exchange(values_.data()); }
void Level::exchange_corners() { around_->exchange(values_.data()); }
void Level::exchange_residual() { around_->exchange(residual_apart() ? residual_.data() : values_.data()); }

}  // namespace sgdflux::la::multigrid
