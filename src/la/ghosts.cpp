#include "sgdflux/la/ghosts.hpp"

#include <algorithm>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using mesh::Box;
using mesh::Cell;

constexpr int ghosts_tag = 7;

Cell negative(Cell by) {
  for (Index& entry : by) {
    entry = -entry;
  }
  return by;
}

/// All around, unless there is nothing inside.
Box widened(const Box& box, int dimension, Index width) {
  std::array<bool, core::max_dimension> axes{};
  std::fill_n(axes.begin(), dimension, true);
  return box.cells() > 0 ? mesh::widened(box, axes, width) : box;
}

/// Where a rank needs values of others: all around its box, or beside its faces only.
std::vector<Box> borders(const Box& owned, int dimension, Index width, bool corners) {
  if (owned.cells() == 0) {
    return {};
  }
  if (corners) {
    return {widened(owned, dimension, width)};
  }
  std::vector<Box> slabs;
  for (std::size_t d = 0; d < static_cast<std::size_t>(dimension); ++d) {
    Box below = owned;
    below.lower[d] = owned.lower[d] - width;
    below.upper[d] = owned.lower[d];
    Box above = owned;
    above.lower[d] = owned.upper[d];
    above.upper[d] = owned.upper[d] + width;
    slabs.push_back(below);
    slabs.push_back(above);
  }
  return slabs;
}

/// Displacements of the images of the lattice that a border of `width` cells may see, along each axis.
std::vector<Cell> images(const Decomposition& cells, Index width) {
  std::vector<Cell> shifts{Cell{}};
  for (std::size_t d = 0; d < static_cast<std::size_t>(cells.dimension); ++d) {
    const Index count = cells.periodic[d] ? (width + cells.shape[d] - 1) / cells.shape[d] : 0;
    std::vector<Cell> more;
    for (const Cell& shift : shifts) {
      for (Index k = -count; k <= count; ++k) {
        Cell next = shift;
        next[d] += k * cells.shape[d];
        more.push_back(next);
      }
    }
    shifts = std::move(more);
  }
  return shifts;
}

/// A part of one rank's border and the displacement of the image of the other rank's box that it lies in.
struct Overlap {
  Box cells;
  Cell shift;
};

/// What `receiver` needs of `sender`, in an order that both know.
std::vector<Overlap> overlaps(const Box& receiver, const Box& sender, bool same, const std::vector<Cell>& shifts,
                              const Decomposition& cells, Index width, bool corners) {
  std::vector<Overlap> result;
  for (const Box& border : borders(receiver, cells.dimension, width, corners)) {
    for (const Cell& shift : shifts) {
      const Box common = common_part(border, moved(sender, shift));
      if (common.cells() > 0 && !(same && shift == Cell{})) {
        result.push_back({common, shift});
      }
    }
  }
  return result;
}

}  // namespace

Decomposition decomposition(const mesh::Grid& grid, const mesh::Partition& partition) {
  Decomposition result;
  for (int r = 0; r < partition.ranks(); ++r) {
    result.boxes.push_back(partition.owned(r));
  }
  result.shape = grid.shape();
  result.dimension = grid.dimension();
  for (int d = 0; d < grid.dimension(); ++d) {
    result.periodic[static_cast<std::size_t>(d)] = grid.axis(d).periodic();
  }
  return result;
}

Ghosts::Ghosts(MPI_Comm comm, const Decomposition& cells, Index width, bool corners)
    : owned_(cells.boxes[static_cast<std::size_t>(rank(comm))]), box_(widened(owned_, cells.dimension, width)) {
  MPI_Comm_dup(comm, &comm_);
  const std::vector<Cell> shifts = images(cells, width);
  std::size_t out = 0;
  std::size_t in = 0;
  const int me = rank(comm);
  for (int r = 0; r < size(comm); ++r) {
    const Box& other = cells.boxes[static_cast<std::size_t>(r)];
    for (const Overlap& part : overlaps(owned_, other, r == me, shifts, cells, width, corners)) {
      if (r == me) {
        copies_.push_back({moved(part.cells, negative(part.shift)), part.cells});
        continue;
      }
      received_.push_back({r, part.cells, in});
      in += static_cast<std::size_t>(part.cells.cells());
    }
    for (const Overlap& part : overlaps(other, owned_, r == me, shifts, cells, width, corners)) {
      if (r != me) {
        sent_.push_back({r, moved(part.cells, negative(part.shift)), out});
        out += static_cast<std::size_t>(part.cells.cells());
      }
    }
  }
  outgoing_.resize(out);
  incoming_.resize(in);
}

Ghosts::~Ghosts() {
  if (!unwinding_) {
    MPI_Comm_free(&comm_);
  }
}

void Ghosts::insert(const double* owned, double* field) const {
  mesh::for_each_row(box_, owned_, [&](const Cell&, Index at, Index count) {
    std::copy_n(owned, count, field + at);
    owned += count;
  });
}

void Ghosts::extract(const double* field, double* owned) const {
  mesh::for_each_row(box_, owned_,
                     [&](const Cell&, Index at, Index count) { owned = std::copy_n(field + at, count, owned); });
}

void Ghosts::begin(double* field) {
  field_ = field;
  ++traffic_.exchanges;
  // Pieces of one rank follow each other: one message each.
  for_each_rank(received_, incoming_.size(), [&](int r, std::size_t first, std::size_t count) {
    MPI_Irecv(incoming_.data() + first, static_cast<int>(count), MPI_DOUBLE, r, ghosts_tag, comm_,
              &requests_.emplace_back());
  });
  pack(field);
  for_each_rank(sent_, outgoing_.size(), [&](int r, std::size_t first, std::size_t count) {
    MPI_Isend(outgoing_.data() + first, static_cast<int>(count), MPI_DOUBLE, r, ghosts_tag, comm_,
              &requests_.emplace_back());
    ++traffic_.messages;
    traffic_.bytes += static_cast<double>(count * sizeof(double));
  });
}

void Ghosts::end() {
  for (const Copy& copy : copies_) {
    std::vector<double> values(static_cast<std::size_t>(copy.from.cells()));
    double* to = values.data();
    mesh::for_each_row(box_, copy.from,
                       [&](const Cell&, Index at, Index count) { to = std::copy_n(field_ + at, count, to); });
    const double* from = values.data();
    mesh::for_each_row(box_, copy.to, [&](const Cell&, Index at, Index count) {
      std::copy_n(from, count, field_ + at);
      from += count;
    });
  }
  MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
  requests_.clear();
  unpack();
}

template <class Visit>
void Ghosts::for_each_rank(const std::vector<Piece>& pieces, std::size_t size, const Visit& visit) {
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t j = i;
    while (j < pieces.size() && pieces[j].rank == pieces[i].rank) {
      ++j;
    }
    visit(pieces[i].rank, pieces[i].begin, (j < pieces.size() ? pieces[j].begin : size) - pieces[i].begin);
    i = j;
  }
}

void Ghosts::pack(const double* field) {
  for (const Piece& piece : sent_) {
    double* to = outgoing_.data() + piece.begin;
    mesh::for_each_row(box_, piece.cells,
                       [&](const Cell&, Index at, Index count) { to = std::copy_n(field + at, count, to); });
  }
}

void Ghosts::unpack() {
  for (const Piece& piece : received_) {
    const double* from = incoming_.data() + piece.begin;
    mesh::for_each_row(box_, piece.cells, [&](const Cell&, Index at, Index count) {
      std::copy_n(from, count, field_ + at);
      from += count;
    });
  }
}

}  // namespace sgdflux::la
