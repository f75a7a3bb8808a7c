#pragma once
/// What the assembly of forward and backward generators shares.
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/fv/region.hpp"

namespace sgdflux::fv {

/// What the rows of a box depend on: coefficients on `box`, and the active cells there if something absorbs.
struct Surroundings {
  mesh::Box box;
  std::optional<Region> region;
  Coefficients coefficients;
};

/// @throws SettingsError for NaN coefficients in active cells and NaN of the absorbing set.
[[nodiscard]] Surroundings surroundings(const Discretisation& problem, const mesh::Box& cells);
/// What the fluxes along one axis depend on: where nothing absorbs, neighbours along it and axes coupled to it only.
[[nodiscard]] Surroundings surroundings(const Discretisation& problem, const mesh::Box& cells, int axis);

/// Without the offsets that no row uses (damping where there is noise, say): solvers pay for every entry, zero or not.
[[nodiscard]] Generator compressed(const Generator& full);

/// Slots of cell offsets in the rows of a generator, in order of first use.
class OffsetTable {
 public:
  Eigen::Index slot(const mesh::Cell& offset);
  std::vector<mesh::Cell> offsets;

 private:
  std::map<mesh::Cell, Eigen::Index> slots_;
};

/// The rows of `owned` out of those of slabs of it, without offsets that no row uses. Slabs bound the memory of
/// assembly; `piece` gives the same offsets for each.
[[nodiscard]] Generator assembled(const mesh::Box& owned, const std::function<Generator(const mesh::Box&)>& piece);

}  // namespace sgdflux::fv
