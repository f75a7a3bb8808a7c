#include "tiled_sylvester.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

/// Wide enough for fast products, narrow enough that each wave has tiles for every rank.
constexpr Index widest = 64;
constexpr Index fewest_strips_per_rank = 6;
constexpr Index narrowest = 16;

Index width_of(Index size, int ranks) {
  return ranks == 1 ? widest : std::clamp(size / (fewest_strips_per_rank * ranks), narrowest, widest);
}

}  // namespace

TiledSylvester::TiledSylvester(MPI_Comm comm, const SchurForm& rows, const SchurForm& columns)
    : comm_(comm),
      ranks_(size(comm)),
      rank_(la::rank(comm)),
      rows_(rows),
      columns_(columns),
      row_strips_(strips(rows)),
      column_strips_(strips(columns)) {
  if (ranks_ > 1) {
    whole_.resize(static_cast<std::size_t>(rows.size() * columns.size()));
  }
}

/// Owners in turn; a second sector goes on where the first one ended, so that neighbouring waves even out.
std::vector<TiledSylvester::Strip> TiledSylvester::strips(const SchurForm& form) const {
  std::vector<Strip> result;
  int owner = 0;
  for (std::size_t k = 0; k < form.sectors().size(); ++k) {
    const SchurSector& sector = form.sectors()[k];
    const Index width = width_of(sector.size(), ranks_);
    const std::size_t first = result.size();
    for (Index begin = 0; begin < sector.size(); begin += result.back().size) {
      Index end = std::min(begin + width, sector.size());
      end += sector.pair_at(end - 1) ? 1 : 0;
      result.push_back({begin, end - begin, k, static_cast<Index>(result.size() - first), 0, owner});
      owner = (owner + 1) % ranks_;
    }
    for (std::size_t i = first; i < result.size(); ++i) {
      result[i].count = static_cast<Index>(result.size() - first);
    }
  }
  return result;
}

std::vector<std::vector<Range>> TiledSylvester::owned() const {
  std::vector<std::vector<Range>> result(static_cast<std::size_t>(ranks_));
  for (const Strip& strip : column_strips_) {
    const Index begin = columns_.sectors()[strip.sector].begin + strip.begin;
    result[static_cast<std::size_t>(strip.owner)].push_back({begin, begin + strip.size});
  }
  return result;
}

Index TiledSylvester::waves() const {
  const auto longest = [](const std::vector<Strip>& strips) {
    return std::max_element(strips.begin(), strips.end(),
                            [](const Strip& a, const Strip& b) { return a.count < b.count; })
        ->count;
  };
  return longest(row_strips_) + longest(column_strips_) - 1;
}

/// By owners, so that the tiles of a rank stand side by side.
std::vector<TiledSylvester::Tile> TiledSylvester::wave(Index distance, bool transposed) const {
  std::vector<Tile> tiles;
  for (const Strip& column : column_strips_) {
    const Index along = transposed ? column.place : column.count - 1 - column.place;
    for (const Strip& row : row_strips_) {
      if (along + (transposed ? row.place : row.count - 1 - row.place) == distance) {
        tiles.push_back({&row, &column});
      }
    }
  }
  std::stable_sort(tiles.begin(), tiles.end(),
                   [](const Tile& a, const Tile& b) { return a.column->owner < b.column->owner; });
  return tiles;
}

FloatBlock TiledSylvester::values(const Tile& tile) const {
  const Index row = rows_.sectors()[tile.row->sector].begin + tile.row->begin;
  const Index column = columns_.sectors()[tile.column->sector].begin + tile.column->begin;
  return {y_ + row + column * rows_.size(), tile.row->size, tile.column->size, rows_.size()};
}

void TiledSylvester::solve(const SylvesterKind& kind, const Tile& tile) const {
  const Strip& row = *tile.row;
  const Strip& column = *tile.column;
  const ConstFloatBlock t = block_of(rows_.sectors()[row.sector].form);
  const ConstFloatBlock s = block_of(columns_.sectors()[column.sector].form);
  const FloatBlock y = values(tile);
  // Neighbours of the tile in its sector that are solved already: before it or after it.
  const Index row_from = kind.transposed ? 0 : row.begin + row.size;
  const Index row_count = kind.transposed ? row.begin : t.rows - row_from;
  const Index col_from = kind.transposed ? 0 : column.begin + column.size;
  const Index col_count = kind.transposed ? column.begin : s.rows - col_from;
  const ConstFloatBlock below = constant(y).part(row_from - row.begin, 0, row_count, y.columns);
  const ConstFloatBlock beside = constant(y).part(0, col_from - column.begin, y.rows, col_count);
  if (kind.transposed) {
    multiply(t.part(0, row.begin, row_count, row.size), Op::transposed, below, Op::plain, 1, y);
    multiply(beside, Op::plain, s.part(0, column.begin, col_count, column.size), Op::plain, 1, y);
  } else {
    multiply(t.part(row.begin, row_from, row.size, row_count), Op::plain, below, Op::plain, 1, y);
    multiply(beside, Op::plain, s.part(column.begin, col_from, column.size, col_count), Op::transposed, 1, y);
  }
  solve_sylvester(kind, t.part(row.begin, row.begin, row.size, row.size),
                  s.part(column.begin, column.begin, column.size, column.size), y);
}

void TiledSylvester::share(const std::vector<Tile>& tiles) {
  std::vector<int> counts(static_cast<std::size_t>(ranks_), 0);
  for (const Tile& tile : tiles) {
    counts[static_cast<std::size_t>(tile.column->owner)] += static_cast<int>(tile.row->size * tile.column->size);
  }
  std::vector<int> starts(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), starts.begin(), 0);
  buffer_.resize(static_cast<std::size_t>(starts.back() + counts.back()));
  const auto visit = [&](bool own) {
    float* next = buffer_.data();
    for (const Tile& tile : tiles) {
      const FloatBlock y = values(tile);
      for (Index j = 0; j < y.columns; ++j, next += y.rows) {
        float* column = y.data + j * y.stride;
        if (own && tile.column->owner == rank_) {
          std::copy(column, column + y.rows, next);
        } else if (!own && tile.column->owner != rank_) {
          std::copy(next, next + y.rows, column);
        }
      }
    }
  };
  visit(true);
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, buffer_.data(), counts.data(), starts.data(), MPI_FLOAT, comm_);
  visit(false);
}

template <class Action>
void TiledSylvester::for_own_columns(float* y, const Action& action) const {
  float* own = y;
  for (const Strip& strip : column_strips_) {
    if (strip.owner == rank_) {
      const Index begin = (columns_.sectors()[strip.sector].begin + strip.begin) * rows_.size();
      action(own, y_ + begin, strip.size * rows_.size());
      own += strip.size * rows_.size();
    }
  }
}

void TiledSylvester::solve(const SylvesterKind& kind, float* y) {
  y_ = ranks_ == 1 ? y : whole_.data();
  if (ranks_ > 1) {
    for_own_columns(y, [](const float* own, float* all, Index count) { std::copy(own, own + count, all); });
  }
  for (Index distance = 0; distance < waves(); ++distance) {
    const std::vector<Tile> tiles = wave(distance, kind.transposed);
    for (const Tile& tile : tiles) {
      if (tile.column->owner == rank_) {
        solve(kind, tile);
      }
    }
    if (ranks_ > 1) {
      share(tiles);
    }
  }
  if (ranks_ > 1) {
    for_own_columns(y, [](float* own, const float* all, Index count) { std::copy(all, all + count, own); });
  }
}

}  // namespace sgdflux::la
