#include "sgdflux/la/box_gather.hpp"

#include <algorithm>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using mesh::Box;
using mesh::Cell;

constexpr int tag = 73;
constexpr std::size_t dimensions = core::max_dimension;

/// The boxes that all ranks want.
std::vector<Box> all_boxes(MPI_Comm comm, const Box& mine) {
  std::vector<Index> corners(mine.lower.begin(), mine.lower.end());
  corners.insert(corners.end(), mine.upper.begin(), mine.upper.end());
  std::vector<Index> all(corners.size() * static_cast<std::size_t>(size(comm)));
  MPI_Allgather(corners.data(), 2 * core::max_dimension, MPI_INT64_T, all.data(), 2 * core::max_dimension, MPI_INT64_T,
                comm);
  std::vector<Box> boxes(static_cast<std::size_t>(size(comm)));
  for (std::size_t r = 0; r < boxes.size(); ++r) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(2 * dimensions * r);
    std::copy(first, first + dimensions, boxes[r].lower.begin());
    std::copy(first + dimensions, first + 2 * dimensions, boxes[r].upper.begin());
  }
  return boxes;
}

Index floor_ratio(Index a, Index b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Calls visit(source, target) for every image of `owned` that meets `wanted`, in an order that both sides agree on.
template <class Visit>
void for_each_image(const Cell& shape, const std::array<bool, dimensions>& periodic, const Box& owned,
                    const Box& wanted, const Visit& visit) {
  if (owned.cells() == 0 || wanted.cells() == 0) {
    return;
  }
  Box turns;  // how many periods an image is away
  for (std::size_t d = 0; d < dimensions; ++d) {
    turns.lower[d] = periodic[d] ? floor_ratio(wanted.lower[d] - owned.upper[d], shape[d]) : 0;
    turns.upper[d] = periodic[d] ? floor_ratio(wanted.upper[d] - owned.lower[d], shape[d]) + 2 : 1;
  }
  for (Index k = 0; k < turns.cells(); ++k) {
    Cell by = turns.cell(k);
    Cell back{};
    for (std::size_t d = 0; d < dimensions; ++d) {
      by[d] *= shape[d];
      back[d] = -by[d];
    }
    const Box target = common_part(moved(owned, by), wanted);
    if (target.cells() > 0) {
      visit(moved(target, back), target);
    }
  }
}

void pack(const Box& box, const Box& part, const double* array, double* buffer) {
  mesh::for_each_row(box, part, [&](const Cell&, Index at, Index length) {
    std::copy_n(array + at, length, buffer);
    buffer += length;
  });
}

void unpack(const Box& box, const Box& part, double* array, const double* buffer) {
  mesh::for_each_row(box, part, [&](const Cell&, Index at, Index length) {
    std::copy_n(buffer, length, array + at);
    buffer += length;
  });
}

/// From an array of this rank to another one.
void carry(const Box& from, Box source, const double* array, const Box& to, Box target, double* result) {
  const int fast = std::max(mesh::row_axis(from), mesh::row_axis(to));
  const Index length = source.extent(fast);
  source.upper[static_cast<std::size_t>(fast)] = source.lower[static_cast<std::size_t>(fast)] + 1;
  target.upper[static_cast<std::size_t>(fast)] = target.lower[static_cast<std::size_t>(fast)] + 1;
  for (Index row = 0; row < source.cells(); ++row) {
    std::copy_n(array + from.position(source.cell(row)), length, result + to.position(target.cell(row)));
  }
}

}  // namespace

BoxGather::BoxGather(MPI_Comm comm, const mesh::Partition& partition, const Box& wanted)
    : comm_(comm), owned_(partition.owned(rank(comm))), wanted_(wanted) {
  const Cell& shape = partition.shape();
  const auto& periodic = partition.periodic();
  guard(comm, [&] {
    for (std::size_t d = 0; d < dimensions && wanted.cells() > 0; ++d) {
      if (!periodic[d] && (wanted.lower[d] < 0 || wanted.upper[d] > shape[d])) {
        throw core::InternalError("cells beyond the lattice are wanted along axis " + std::to_string(d));
      }
    }
  });
  const std::vector<Box> boxes = all_boxes(comm, wanted);
  for (int other = 0; other < size(comm); ++other) {
    for_each_image(shape, periodic, owned_, boxes[static_cast<std::size_t>(other)],
                   [&](const Box& source, const Box& target) {
                     sent_.push_back({other, source, target});
                   });
    for_each_image(shape, periodic, partition.owned(other), wanted_, [&](const Box& source, const Box& target) {
      received_.push_back({other, source, target});
    });
  }
}

Eigen::ArrayXd BoxGather::operator()(const Eigen::ArrayXd& owned) const {
  const int me = rank(comm_);
  Eigen::ArrayXd result(wanted_.cells());
  std::vector<MPI_Request> requests;
  std::vector<std::vector<double>> buffers;
  const auto buffer_of = [&](const Piece& piece) {
    buffers.emplace_back(static_cast<std::size_t>(piece.target.cells()));
    requests.emplace_back();
    return buffers.back().data();
  };
  buffers.reserve(sent_.size() + received_.size());  // their addresses stay
  for (const Piece& piece : received_) {
    double* into = piece.rank == me ? nullptr : buffer_of(piece);
    if (into != nullptr) {
      MPI_Irecv(into, static_cast<int>(piece.target.cells()), MPI_DOUBLE, piece.rank, tag, comm_, &requests.back());
    }
  }
  for (const Piece& piece : sent_) {
    if (piece.rank != me) {
      double* from = buffer_of(piece);
      pack(owned_, piece.source, owned.data(), from);
      MPI_Isend(from, static_cast<int>(piece.source.cells()), MPI_DOUBLE, piece.rank, tag, comm_, &requests.back());
    } else {
      carry(owned_, piece.source, owned.data(), wanted_, piece.target, result.data());
    }
  }
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  std::size_t next = 0;
  for (const Piece& piece : received_) {
    if (piece.rank != me) {
      unpack(wanted_, piece.target, result.data(), buffers[next++].data());
    }
  }
  return result;
}

}  // namespace sgdflux::la
