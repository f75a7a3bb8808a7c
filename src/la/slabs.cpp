#include "slabs.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

/// The cells of a box along some axes, in C order, as sums of lattice[d]·strides[d].
std::vector<Index> positions(const mesh::Box& box, const std::vector<int>& axes, const mesh::Cell& strides,
                             bool from_corner) {
  std::vector<Index> result{0};
  for (const int axis : axes) {
    const auto d = static_cast<std::size_t>(axis);
    std::vector<Index> next;
    next.reserve(result.size() * static_cast<std::size_t>(box.extent(axis)));
    for (const Index before : result) {
      for (Index i = box.lower[d]; i < box.upper[d]; ++i) {
        next.push_back(before + strides[d] * (from_corner ? i - box.lower[d] : i));
      }
    }
    result = std::move(next);
  }
  return result;
}

/// C-order strides of a lattice made of some axes only.
mesh::Cell strides_of(const std::vector<int>& axes, const std::function<Index(int)>& extent) {
  mesh::Cell strides{};
  Index stride = 1;
  for (std::size_t k = axes.size(); k-- > 0;) {
    strides[static_cast<std::size_t>(axes[k])] = stride;
    stride *= extent(axes[k]);
  }
  return strides;
}

/// In single precision; what is next to nothing is nothing: processors are slow with numbers that lose their digits.
float single(double value) { return std::abs(value) < 1e-30 ? 0.0F : static_cast<float>(value); }

std::vector<int> to_ints(const std::vector<Index>& values) { return {values.begin(), values.end()}; }

std::vector<int> starts(const std::vector<int>& counts) {
  std::vector<int> result(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), result.begin(), 0);
  return result;
}

}  // namespace

Slabs::Slabs(MPI_Comm comm, const Decomposition& cells, const std::vector<int>& columns)
    : comm_(comm), ranks_(size(comm)), rank_(la::rank(comm)), shape_(cells.shape), dimension_(cells.dimension) {
  for (int d = 0; d < dimension_; ++d) {
    const bool along = std::find(columns.begin(), columns.end(), d) != columns.end();
    (along ? columns_ : rows_) *= shape_[static_cast<std::size_t>(d)];
  }
  for (const mesh::Box& box : cells.boxes) {
    boxes_.push_back(cells_of(box, columns));
  }
}

Slabs::Cells Slabs::cells_of(const mesh::Box& box, const std::vector<int>& columns) const {
  if (box.cells() == 0) {
    return {};
  }
  std::vector<int> all(static_cast<std::size_t>(dimension_));
  std::iota(all.begin(), all.end(), 0);
  std::vector<int> rows;
  std::set_difference(all.begin(), all.end(), columns.begin(), columns.end(), std::back_inserter(rows));
  const auto whole = [&](int d) { return shape_[static_cast<std::size_t>(d)]; };
  const mesh::Cell local = strides_of(all, [&](int d) { return box.extent(d); });
  return {positions(box, columns, strides_of(columns, whole), false),
          positions(box, rows, strides_of(rows, whole), false), positions(box, columns, local, true),
          positions(box, rows, local, true)};
}

void Slabs::own_columns(std::vector<std::vector<Range>> columns) { owned_ = std::move(columns); }

Range Slabs::slab_of(int rank) const { return {rows_ * rank / ranks_, rows_ * (rank + 1) / ranks_}; }

Index Slabs::own_columns_of(int rank) const {
  Index count = 0;
  for (const Range& range : owned_[static_cast<std::size_t>(rank)]) {
    count += range.size();
  }
  return count;
}

Index Slabs::numbers() const { return std::max(slab().size() * columns_, rows_ * own_columns()); }

Range Slabs::inside(const Cells& cells, const Range& slab) {
  const auto position = [&](Index row) {
    return std::lower_bound(cells.row.begin(), cells.row.end(), row) - cells.row.begin();
  };
  return {position(slab.begin), position(slab.end)};
}

void Slabs::exchange(const std::vector<Index>& sent, const std::vector<Index>& received) {
  const std::vector<int> outgoing = to_ints(sent);
  const std::vector<int> incoming = to_ints(received);
  incoming_.resize(static_cast<std::size_t>(std::accumulate(received.begin(), received.end(), Index{0})));
  MPI_Alltoallv(outgoing_.data(), outgoing.data(), starts(outgoing).data(), MPI_FLOAT, incoming_.data(),
                incoming.data(), starts(incoming).data(), MPI_FLOAT, comm_);
}

std::vector<Index> Slabs::counts(const std::function<Index(int)>& of_rank) const {
  std::vector<Index> result;
  for (int p = 0; p < ranks_; ++p) {
    result.push_back(of_rank(p));
  }
  return result;
}

Index Slabs::shared(int box, int slab) const {
  const Cells& cells = boxes_[static_cast<std::size_t>(box)];
  return inside(cells, slab_of(slab)).size() * static_cast<Index>(cells.column.size());
}

/// Positions of the cells of the own box that lie in one slab: in the field and in the matrix, a column at a time.
template <class Visit>
void Slabs::for_own_box(int slab, const Visit& visit) const {
  const Cells& box = boxes_[static_cast<std::size_t>(rank_)];
  const Range rows = inside(box, slab_of(slab));
  for (std::size_t a = 0; a < box.column.size(); ++a) {
    for (Index b = rows.begin; b < rows.end; ++b) {
      const auto row = static_cast<std::size_t>(b);
      visit(box.column_offset[a] + box.row_offset[row], box.column[a] * rows_ + box.row[row]);
    }
  }
}

/// Positions in the own slab of the cells that one box shares with it, in the same order.
template <class Visit>
void Slabs::for_own_slab(int box, const Visit& visit) const {
  const Cells& cells = boxes_[static_cast<std::size_t>(box)];
  const Range mine = slab();
  const Range rows = inside(cells, mine);
  for (const Index column : cells.column) {
    for (Index b = rows.begin; b < rows.end; ++b) {
      visit(cells.row[static_cast<std::size_t>(b)] - mine.begin + column * mine.size());
    }
  }
}

void Slabs::to_slab(const double* field, double factor, float* slab) {
  if (ranks_ == 1) {
    for_own_box(0, [&](Index in_field, Index in_matrix) { slab[in_matrix] = single(factor * field[in_field]); });
    return;
  }
  outgoing_.clear();
  for (int p = 0; p < ranks_; ++p) {
    for_own_box(p, [&](Index in_field, Index) { outgoing_.push_back(single(factor * field[in_field])); });
  }
  exchange(counts([&](int p) { return shared(rank_, p); }), counts([&](int p) { return shared(p, rank_); }));
  const float* next = incoming_.data();
  for (int p = 0; p < ranks_; ++p) {
    for_own_slab(p, [&](Index in_slab) { slab[in_slab] = *next++; });
  }
}

void Slabs::from_slab(const float* slab, double factor, double* field) {
  if (ranks_ == 1) {
    for_own_box(
        0, [&](Index in_field, Index in_matrix) { field[in_field] = factor * static_cast<double>(slab[in_matrix]); });
    return;
  }
  outgoing_.clear();
  for (int p = 0; p < ranks_; ++p) {
    for_own_slab(p, [&](Index in_slab) { outgoing_.push_back(slab[in_slab]); });
  }
  exchange(counts([&](int p) { return shared(p, rank_); }), counts([&](int p) { return shared(rank_, p); }));
  const float* next = incoming_.data();
  for (int p = 0; p < ranks_; ++p) {
    for_own_box(p, [&](Index in_field, Index) { field[in_field] = factor * static_cast<double>(*next++); });
  }
}

void Slabs::to_columns(const float* from, float* to) {
  if (ranks_ == 1) {
    return;
  }
  const Index height = slab().size();
  outgoing_.clear();
  for (const std::vector<Range>& columns : owned_) {
    for (const Range& range : columns) {
      outgoing_.insert(outgoing_.end(), from + range.begin * height, from + range.end * height);
    }
  }
  exchange(counts([&](int p) { return height * own_columns_of(p); }),
           counts([&](int p) { return slab_of(p).size() * own_columns(); }));
  const float* next = incoming_.data();
  for (int p = 0; p < ranks_; ++p) {
    const Range rows = slab_of(p);
    for (Index column = 0; column < own_columns(); ++column, next += rows.size()) {
      std::copy(next, next + rows.size(), to + rows.begin + column * rows_);
    }
  }
}

void Slabs::from_columns(const float* from, float* to) {
  if (ranks_ == 1) {
    return;
  }
  const Index height = slab().size();
  outgoing_.clear();
  for (int p = 0; p < ranks_; ++p) {
    const Range rows = slab_of(p);
    for (Index column = 0; column < own_columns(); ++column) {
      const float* values = from + column * rows_;
      outgoing_.insert(outgoing_.end(), values + rows.begin, values + rows.end);
    }
  }
  exchange(counts([&](int p) { return slab_of(p).size() * own_columns(); }),
           counts([&](int p) { return height * own_columns_of(p); }));
  const float* next = incoming_.data();
  for (const std::vector<Range>& columns : owned_) {
    for (const Range& range : columns) {
      std::copy(next, next + range.size() * height, to + range.begin * height);
      next += range.size() * height;
    }
  }
}

double Slabs::bytes() const {
  double numbers = 0;
  for (const Cells& box : boxes_) {
    numbers += 2 * static_cast<double>(box.column.size() + box.row.size());
  }
  return sizeof(Index) * numbers + sizeof(float) * static_cast<double>(outgoing_.capacity() + incoming_.capacity());
}

}  // namespace sgdflux::la
