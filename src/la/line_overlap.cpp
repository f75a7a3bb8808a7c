#include "la/line_overlap.hpp"

#include <algorithm>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la {

using core::Index;

namespace {

constexpr int tag = 79;
constexpr Index widest_share = 16;  ///< of a line: more makes iterations fewer by less than it costs

int with_cells(const mesh::Partition& slabs) {
  int count = 0;
  while (count < slabs.ranks() && slabs.owned(count).cells() > 0) {
    ++count;
  }
  return count;
}

}  // namespace

LineOverlap::LineOverlap(MPI_Comm comm, const mesh::Partition& slabs, int line_axis)
    : comm_(comm), width_(width(slabs, line_axis)) {
  const int me = rank(comm);
  const int ranks = with_cells(slabs);
  const bool periodic = slabs.periodic()[static_cast<std::size_t>(line_axis)];
  if (width_ == 0 || me >= ranks) {
    return;
  }
  if (me > 0 || periodic) {
    cuts_[before].neighbour = (me + ranks - 1) % ranks;
  }
  if (me + 1 < ranks || periodic) {
    cuts_[after].neighbour = (me + 1) % ranks;
  }
}

Index LineOverlap::width(const mesh::Partition& slabs, int line_axis) {
  const Index cells = slabs.shape()[static_cast<std::size_t>(line_axis)];
  return std::min(cells / widest_share, cells / with_cells(slabs) / 2);
}

void LineOverlap::blend(double* lines, Index count, Index length) {
  if (count == 0) {
    return;
  }
  const Index overlap = 2 * width_;
  const auto numbers = static_cast<int>(overlap * count);
  std::vector<MPI_Request> requests;
  for (const Side side : {before, after}) {
    Cut& cut = cuts_[side];
    if (cut.neighbour == MPI_PROC_NULL) {
      continue;
    }
    cut.sent.resize(static_cast<std::size_t>(numbers));
    cut.received.resize(static_cast<std::size_t>(numbers));
    for (Index line = 0; line < count; ++line) {
      std::copy_n(lines + line * length + first(side, length), overlap, cut.sent.data() + line * overlap);
    }
    // What goes out before comes in after.
    requests.resize(requests.size() + 2);
    MPI_Irecv(cut.received.data(), numbers, MPI_DOUBLE, cut.neighbour, tag + 1 - side, comm_, &requests.end()[-2]);
    MPI_Isend(cut.sent.data(), numbers, MPI_DOUBLE, cut.neighbour, tag + side, comm_, &requests.end()[-1]);
  }
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  for (const Side side : {before, after}) {
    const Cut& cut = cuts_[side];
    for (Index line = 0; line < count && cut.neighbour != MPI_PROC_NULL; ++line) {
      double* mine = lines + line * length + first(side, length);
      const double* other = cut.received.data() + line * overlap;
      for (Index k = 0; k < overlap; ++k) {
        const double ramp = (static_cast<double>(k) + .5) / static_cast<double>(overlap);
        const double share = side == before ? ramp : 1 - ramp;
        mine[k] = share * mine[k] + (1 - share) * other[k];
      }
    }
  }
}

}  // namespace sgdflux::la
