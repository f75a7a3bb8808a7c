#include "scheduled_generator.hpp"

#include <algorithm>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

/// `rows` in the slots of `offsets`, which has all of its offsets.
core::Batch in_slots(const fv::Generator& rows, const std::vector<mesh::Cell>& offsets) {
  core::Batch values = core::Batch::Zero(rows.values.rows(), static_cast<Eigen::Index>(offsets.size()));
  for (std::size_t k = 0; k < rows.offsets.size(); ++k) {
    const auto slot = std::find(offsets.begin(), offsets.end(), rows.offsets[k]) - offsets.begin();
    values.col(slot) = rows.values.col(static_cast<Eigen::Index>(k));
  }
  return values;
}

/// Adds the offsets that `known` lacks; whether there were any.
bool extend(std::vector<mesh::Cell>& known, const std::vector<mesh::Cell>& offsets) {
  const std::size_t before = known.size();
  for (const mesh::Cell& offset : offsets) {
    if (std::find(known.begin(), known.end(), offset) == known.end()) {
      known.push_back(offset);
    }
  }
  return known.size() > before;
}

la::Vector column_scale(MPI_Comm comm, const mesh::Partition& partition, const fv::Generator& rows, double shift) {
  la::Vector scale = la::create_vector(comm, partition);
  la::set_values(scale.get(), 1 / (shift + rows.values.abs().rowwise().sum()));
  return scale;
}

la::Matrix shifted(MPI_Comm comm, const EvolveProblem& problem, const fv::Generator& rows, double shift, Vec scale) {
  la::Matrix matrix =
      la::create_matrix(comm, problem.grid, problem.partition, {rows.cells, rows.offsets, rows.values, -1, shift});
  la::check(MatDiagonalScale(matrix.get(), nullptr, scale));
  return matrix;
}

}  // namespace

ScheduledGenerator::Factors::Factors(const ScheduledGenerator& owner, const Entry& entry, double shift)
    : scale_(column_scale(owner.comm_, owner.problem_.partition, entry.rows, shift)),
      matrix_(shifted(owner.comm_, owner.problem_, entry.rows, shift, scale_.get())),
      solver_(matrix_.get(), matrix_.get(), la::Method::direct, "evolve_lu_") {}

void ScheduledGenerator::Factors::solve(Vec b, Vec x) {
  if (!solver_.solve(b, x)) {
    throw core::ConvergenceError("the LU of a - L failed: " + solver_.reason());
  }
  la::check(VecPointwiseMult(x, x, scale_.get()));
}

std::shared_ptr<const ScheduledGenerator::Entry> ScheduledGenerator::at(double time) {
  for (const auto& entry : entries_) {
    if (entry && entry->time == time) {
      return entry;
    }
  }
  fv::Generator rows;
  la::guard(comm_, [&] { rows = problem_.generator(time); });
  // An entry that somebody holds must stay as it is; every rank takes the same decisions.
  while (entries_[next_] && entries_[next_].use_count() > 1) {
    next_ = (next_ + 1) % entries_.size();
  }
  std::shared_ptr<Entry>& entry = entries_[next_];
  next_ = (next_ + 1) % entries_.size();
  if (!entry) {
    entry = std::make_shared<Entry>();
  }
  entry->time = time;
  load(*entry, std::move(rows));
  return entry;
}

void ScheduledGenerator::load(Entry& entry, fv::Generator rows) const {
  std::vector<mesh::Cell> offsets = entry.rows.offsets;
  const bool fresh = extend(offsets, rows.offsets) || !entry.matrix;
  rows.values = in_slots(rows, offsets);
  rows.offsets = std::move(offsets);
  entry.rows = std::move(rows);
  const la::StencilRows stencil{entry.rows.cells, entry.rows.offsets, entry.rows.values};
  if (la::maximum(comm_, fresh ? 1 : 0) > 0) {
    entry.matrix = la::create_matrix(comm_, problem_.grid, problem_.partition, stencil);
  } else {
    la::fill(entry.matrix.get(), problem_.grid, stencil);
  }
}

}  // namespace sgdflux::solve
