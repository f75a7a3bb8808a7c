#include "la/multigrid_level.hpp"

#include <algorithm>
#include <limits>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la::multigrid {
namespace {

/// Stages of one run at most.
constexpr std::size_t stage_limit = 5;

/// One row of cells along the last axis with all that belongs to it; arrays begin at its first owned cell. Coefficients
/// are of cells of one column parity only.
template <int dim>
struct Row {
  const float* below[dim];  // share of the diagonal that the cell below contributes to the balance of this one
  const float* above[dim];
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
    return diagonal[k] * sum;
  }
  /// (σ − L)_cc
  [[nodiscard]] double own(Index k) const { return diagonal[k] + shift * width[2 * k + parity]; }
};

/// a/b, and 0 for a cell that nothing leaves; without a branch.
double quotient(double a, double b) { return a / (b > 0 ? b : std::numeric_limits<double>::infinity()); }

void scatter(const double* __restrict values, Index count, double* __restrict to) {
  for (Index k = 0; k < count; ++k) {
    to[2 * k] = values[k];
  }
}

/// buffer[k] = value(k) for the cells of a row.
template <int dim, class Value>
void evaluate(const Row<dim>& given, double* __restrict buffer, const Value& value) {
  const Row<dim> row = given;
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

/// Position in a row whose even columns come before the odd ones.
Index split(Index column, Index columns) { return column / 2 + (column % 2 == 1 ? (columns + 1) / 2 : 0); }

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
  find_diagonal(faces);
  find_shares(faces);
  line_.resize(owned_.cells() > 0 ? static_cast<std::size_t>(owned_.extent(dimension_ - 1)) : 0);
}

void Level::find_diagonal(const std::vector<FaceRates>& faces) {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  const Index columns = owned_.extent(dimension_ - 1);
  diagonal_ = Eigen::ArrayXd::Zero(owned_.cells());
  for (std::size_t a = 0; a < faces.size(); ++a) {
    const Box box = faces_along(owned_, a);
    const Index above = strides(box)[a];
    double* to = diagonal_.data();
    for_each_line(owned_, last, [&](const Cell& line) {
      const double* up = faces[a].up.data() + box.position(line) + above;
      const double* down = faces[a].down.data() + box.position(line);
      for (Index j = 0; j < columns; ++j) {
        to[split(j, columns)] += up[j] + down[j];
      }
      to += columns;
    });
  }
}

void Level::find_shares(const std::vector<FaceRates>& faces) {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  const Index columns = owned_.extent(dimension_ - 1);
  for (std::size_t a = 0; a < faces.size(); ++a) {
    const Box box = faces_along(owned_, a);
    const Index above = strides(box)[a];
    shares_.push_back({std::vector<float>(diagonal_.size()), std::vector<float>(diagonal_.size())});
    Index row = 0;
    for_each_line(owned_, last, [&](const Cell& line) {
      const double* up = faces[a].up.data() + box.position(line);
      const double* down = faces[a].down.data() + box.position(line) + above;
      for (Index j = 0; j < columns; ++j) {
        const Index at = row + split(j, columns);
        shares_[a].below[static_cast<std::size_t>(at)] = static_cast<float>(quotient(up[j], diagonal_(at)));
        shares_[a].above[static_cast<std::size_t>(at)] = static_cast<float>(quotient(down[j], diagonal_(at)));
      }
      row += columns;
    });
  }
}

/// In row c the transposed operator has what L has in column c: shares of neighbours times their diagonals.
void Level::find_transposed_shares() {
  const auto last = static_cast<std::size_t>(dimension_ - 1);
  const Index columns = owned_.extent(dimension_ - 1);
  const Box& outer = beside_->box();
  Eigen::ArrayXd natural(owned_.cells());
  Eigen::ArrayXd field = beside_->field();
  const auto neighbours = [&](const std::vector<float>& shares, Index step) {
    for (Index row = 0; row < owned_.cells(); row += columns) {
      for (Index j = 0; j < columns; ++j) {
        const Index at = row + split(j, columns);
        natural(row + j) = static_cast<double>(shares[static_cast<std::size_t>(at)]) * diagonal_(at);
      }
    }
    beside_->insert(natural.data(), field.data());
    beside_->exchange(field.data());
    std::vector<float> result(shares.size());
    Index row = 0;
    for_each_line(owned_, last, [&](const Cell& line) {
      const double* from = field.data() + outer.position(line) + step;
      for (Index j = 0; j < columns; ++j) {
        const Index at = row + split(j, columns);
        result[static_cast<std::size_t>(at)] = static_cast<float>(quotient(from[j], diagonal_(at)));
      }
      row += columns;
    });
    return result;
  };
  for (std::size_t a = 0; a < shares_.size(); ++a) {
    transposed_shares_.push_back({neighbours(shares_[a].above, -step_[a]), neighbours(shares_[a].below, step_[a])});
  }
}

void Level::set_transposed(bool transposed) {
  transposed_ = transposed;
  if (transposed && transposed_shares_.empty()) {
    find_transposed_shares();
  }
}

View Level::view() const { return {values_.data(), beside_->box(), lattice_.cells.shape, lattice_.cells.periodic}; }

double Level::bytes() const {
  const double doubles = static_cast<double>(values_.size() + residual_.size() + own_right_.size() + diagonal_.size());
  const auto arrays = static_cast<double>(2 * (shares_.size() + transposed_shares_.size()));
  return doubles * sizeof(double) + arrays * static_cast<double>(diagonal_.size()) * sizeof(float);
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
template <int dim, class Work>
void Level::for_each_row(const Box& region, Colour colour, const Work& work) {
  constexpr std::size_t last = dim - 1;
  const Index columns = owned_.upper[last] - owned_.lower[last];
  const auto& shares = transposed_ ? transposed_shares_ : shares_;
  Row<dim> row;
  row.width = lattice_.width[last].data() + owned_.lower[last];
  for_each_line(region, last, [&](const Cell& cell) {
    Index field = 1;
    Index sum = owned_.lower[last] + static_cast<Index>(colour);
    Index position = 0;
    row.shift = shift_;
    for (std::size_t d = 0; d < last; ++d) {
      field += (cell[d] - owned_.lower[d] + 1) * step_[d];
      position = (position + cell[d] - owned_.lower[d]) * (owned_.upper[d + 1] - owned_.lower[d + 1]);
      sum += cell[d];
      row.shift *= lattice_.width[d][static_cast<std::size_t>(cell[d])];
    }
    row.parity = sum & 1;
    row.first = (region.lower[last] - owned_.lower[last] - row.parity + 1) / 2;
    row.last = (region.upper[last] - owned_.lower[last] - row.parity + 1) / 2;
    row.u = values_.data() + field;
    row.right = right_ + position;
    const Index coefficients = position + (row.parity == 1 ? (columns + 1) / 2 : 0);
    row.diagonal = diagonal_.data() + coefficients;
    for (std::size_t a = 0; a < dim; ++a) {
      row.step[a] = step_[a];
      row.below[a] = shares[a].below.data() + coefficients;
      row.above[a] = shares[a].above.data() + coefficients;
    }
    work(row, position, field);
  });
}

template <class Work>
void Level::dispatch(const Box& region, Colour colour, const Work& work) {
  switch (dimension_) {
    case 1:
      return for_each_row<1>(region, colour, work);
    case 2:
      return for_each_row<2>(region, colour, work);
    case 3:
      return for_each_row<3>(region, colour, work);
    default:
      return for_each_row<4>(region, colour, work);
  }
}

void Level::start(const Box& region, Colour colour) {
  dispatch(region, colour, [&](const auto& row, Index, Index) {
    evaluate(row, line_.data(), [](const auto& r, Index k) { return quotient(r.right[2 * k + r.parity], r.own(k)); });
    const Index begin = region.lower[static_cast<std::size_t>(dimension_ - 1)];
    std::fill_n(row.u + begin - owned_.lower[static_cast<std::size_t>(dimension_ - 1)],
                region.extent(dimension_ - 1), 0.);
    scatter(line_.data(), row.last - row.first, row.u + 2 * row.first + row.parity);
  });
}

void Level::relax(const Box& region, Colour colour) {
  dispatch(region, colour, [&](const auto& row, Index, Index) {
    evaluate(row, line_.data(),
             [](const auto& r, Index k) { return quotient(r.right[2 * k + r.parity] + r.gain(k), r.own(k)); });
    scatter(line_.data(), row.last - row.first, row.u + 2 * row.first + row.parity);
  });
}

void Level::find_residual(const Box& region) {
  const auto find = [&](Colour colour) {
    dispatch(region, colour, [&](const auto& row, Index, Index field) {
      evaluate(row, line_.data(), [](const auto& r, Index k) {
        const Index j = 2 * k + r.parity;
        return r.right[j] + r.gain(k) - r.own(k) * r.u[j];
      });
      double* to = residual_apart() ? residual_.data() + field : row.u;
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
    dispatch(owned_, colour, [&](const auto& row, Index position, Index) {
      evaluate(row, line_.data(), [](const auto& r, Index k) { return r.gain(k) - r.own(k) * r.u[2 * k + r.parity]; });
      scatter(line_.data(), row.last - row.first, result + position + 2 * row.first + row.parity);
    });
  }
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
