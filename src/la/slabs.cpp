#include "slabs.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
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

void Slabs::to_slab(const double* field, double factor, float* slab) {
  const Cells& box = boxes_[static_cast<std::size_t>(rank_)];
  if (ranks_ == 1) {
    for (std::size_t a = 0; a < box.column.size(); ++a) {
      float* column = slab + box.column[a] * rows_;
      for (std::size_t b = 0; b < box.row.size(); ++b) {
        column[b] = single(factor * field[box.column_offset[a] + box.row_offset[b]]);
      }
    }
    return;
  }
  std::vector<Index> sent;
  std::vector<Index> received;
  outgoing_.clear();
  for (int p = 0; p < ranks_; ++p) {
    const Range rows = inside(box, slab_of(p));
    for (const Index column : box.column_offset) {
      for (Index b = rows.begin; b < rows.end; ++b) {
        outgoing_.push_back(single(factor * field[column + box.row_offset[static_cast<std::size_t>(b)]]));
      }
    }
    const Cells& theirs = boxes_[static_cast<std::size_t>(p)];
    sent.push_back(rows.size() * static_cast<Index>(box.column.size()));
    received.push_back(inside(theirs, this->slab()).size() * static_cast<Index>(theirs.column.size()));
  }
  exchange(sent, received);
  const Range mine = this->slab();
  const float* next = incoming_.data();
  for (const Cells& theirs : boxes_) {
    const Range rows = inside(theirs, mine);
    for (const Index column : theirs.column) {
      for (Index b = rows.begin; b < rows.end; ++b) {
        slab[theirs.row[static_cast<std::size_t>(b)] - mine.begin + column * mine.size()] = *next++;
      }
    }
  }
}

void Slabs::from_slab(const float* slab, double factor, double* field) {
  const Cells& box = boxes_[static_cast<std::size_t>(rank_)];
  if (ranks_ == 1) {
    for (std::size_t a = 0; a < box.column.size(); ++a) {
      const float* column = slab + box.column[a] * rows_;
      for (std::size_t b = 0; b < box.row.size(); ++b) {
        field[box.column_offset[a] + box.row_offset[b]] = factor * static_cast<double>(column[b]);
      }
    }
    return;
  }
  std::vector<Index> sent;
  std::vector<Index> received;
  outgoing_.clear();
  const Range mine = this->slab();
  for (int p = 0; p < ranks_; ++p) {
    const Cells& theirs = boxes_[static_cast<std::size_t>(p)];
    const Range rows = inside(theirs, mine);
    for (const Index column : theirs.column) {
      for (Index b = rows.begin; b < rows.end; ++b) {
        outgoing_.push_back(slab[theirs.row[static_cast<std::size_t>(b)] - mine.begin + column * mine.size()]);
      }
    }
    sent.push_back(rows.size() * static_cast<Index>(theirs.column.size()));
    received.push_back(inside(box, slab_of(p)).size() * static_cast<Index>(box.column.size()));
  }
  exchange(sent, received);
  const float* next = incoming_.data();
  for (int p = 0; p < ranks_; ++p) {
    const Range rows = inside(box, slab_of(p));
    for (const Index column : box.column_offset) {
      for (Index b = rows.begin; b < rows.end; ++b) {
        field[column + box.row_offset[static_cast<std::size_t>(b)]] = factor * static_cast<double>(*next++);
      }
    }
  }
}

void Slabs::to_columns(const float* from, float* to) {
  if (ranks_ == 1) {
    return;
  }
  const Index height = slab().size();
  std::vector<Index> sent;
  std::vector<Index> received;
  outgoing_.clear();
  for (int p = 0; p < ranks_; ++p) {
    for (const Range& range : owned_[static_cast<std::size_t>(p)]) {
      outgoing_.insert(outgoing_.end(), from + range.begin * height, from + range.end * height);
    }
    sent.push_back(height * own_columns_of(p));
    received.push_back(slab_of(p).size() * own_columns());
  }
  exchange(sent, received);
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
  std::vector<Index> sent;
  std::vector<Index> received;
  outgoing_.clear();
  for (int p = 0; p < ranks_; ++p) {
    const Range rows = slab_of(p);
    for (Index column = 0; column < own_columns(); ++column) {
      const float* values = from + column * rows_;
      outgoing_.insert(outgoing_.end(), values + rows.begin, values + rows.end);
    }
    sent.push_back(rows.size() * own_columns());
    received.push_back(height * own_columns_of(p));
  }
  exchange(sent, received);
  const float* next = incoming_.data();
  for (int p = 0; p < ranks_; ++p) {
    for (const Range& range : owned_[static_cast<std::size_t>(p)]) {
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
