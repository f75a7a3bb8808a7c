#include "fv/jump_flux.hpp"

#include <array>

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

/// Entries of a generator before its offsets are known.
class Rows {
 public:
  explicit Rows(const Box& cells) : cells_(cells) { table_.slot({}); }

  void add(const Cell& row, const Cell& offset, double value) {
    if (cells_.contains(row)) {
      entries_.push_back({cells_.position(row), table_.slot(offset), value});
    }
  }
  [[nodiscard]] Generator build() const {
    Generator result{cells_, table_.offsets, Batch::Zero(cells_.cells(), static_cast<Index>(table_.offsets.size()))};
    for (const Entry& entry : entries_) {
      result.values(entry.row, entry.slot) += entry.value;
    }
    return result;
  }

 private:
  struct Entry {
    Index row;
    Eigen::Index slot;
    double value;
  };
  Box cells_;
  OffsetTable table_;
  std::vector<Entry> entries_;
};

FaceFlux::Entry entry(Index face, const Cell& at, const Cell& cell, double weight) {
  FaceFlux::Entry result{static_cast<std::int32_t>(face), {}, weight};
  for (std::size_t d = 0; d < cell.size(); ++d) {
    result.offset[d] = static_cast<std::int16_t>(cell[d] - at[d]);
  }
  return result;
}

}  // namespace

Generator jump_generator(const Discretisation& problem, const Box& cells) {
  Rows rows(cells);
  JumpProcess(problem, cells).for_each([&](const Jump& jump) {
    const Cell to = moved(jump.from, jump.offset);
    rows.add(jump.from, {}, -jump.forward);
    if (!jump.absorbed) {
      rows.add(to, moved({}, jump.offset, -1), jump.forward);
      rows.add(to, {}, -jump.backward);
      rows.add(jump.from, jump.offset, jump.backward);
    }
  });
  return rows.build();
}

Generator transposed_jump_generator(const Discretisation& problem, const Box& cells) {
  Rows rows(cells);
  JumpProcess(problem, cells).for_each([&](const Jump& jump) {
    const Cell to = moved(jump.from, jump.offset);
    rows.add(jump.from, {}, -jump.forward);
    if (!jump.absorbed) {
      rows.add(jump.from, jump.offset, jump.forward);
      rows.add(to, {}, -jump.backward);
      rows.add(to, moved({}, jump.offset, -1), jump.backward);
    }
  });
  return rows.build();
}

std::vector<FaceFlux::Entry> jump_flux(const Discretisation& problem, const JumpProcess& jumps, int axis,
                                       const Box& faces, const std::function<bool(Index)>& selected) {
  std::vector<FaceFlux::Entry> entries;
  const double share = 0.5 * problem.grid.axis(axis).spacing();
  const auto send = [&](const Jump& jump, bool reversed) {
    Cell at = jump.from;
    for (const LatticeStep& step : staircase(jump.offset, reversed)) {
      const Cell next = moved(at, unit_step(step.axis, step.side));
      const Cell& upper = step.side > 0 ? next : at;
      if (step.axis == axis && faces.contains(upper) && selected(faces.position(upper))) {
        const Index face = faces.position(upper);
        entries.push_back(entry(face, upper, jump.from, step.side * share * jump.forward));
        if (jump.backward != 0) {
          entries.push_back(entry(face, upper, moved(jump.from, jump.offset), -step.side * share * jump.backward));
        }
      }
      if (jump.absorbed && !jumps.is_active(next)) {
        break;
      }
      at = next;
    }
  };
  jumps.for_each([&](const Jump& jump) {
    send(jump, false);
    send(jump, true);
  });
  return entries;
}

}  // namespace sgdflux::fv
