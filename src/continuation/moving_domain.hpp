#pragma once
/// Meshes that move along with the density.
#include <vector>

#include "sgdflux/continuation/branch.hpp"

namespace sgdflux::continuation {

/// Meshes for the members of a branch. Automatic axes of linear SDEs and of one variable, where a choice costs little,
/// are chosen anew at every point; others stay where they are until the density comes too near to an end, leaves most
/// of the domain empty, or is resolved less well than it was. Cells are never taken away.
class MovingDomain {
 public:
  explicit MovingDomain(SettledMesh settled = {}) : settled_(std::move(settled)) {}

  [[nodiscard]] const SettledMesh& settled() const { return settled_; }
  /// The mesh for the next member: its own, with automatic axes settled as at the last point while that fits.
  [[nodiscard]] std::vector<mesh::AxisSpec> next(const Member& member) const;
  /// Looks at a point that was accepted.
  void accepted(const Member& member, const study::StationaryAnswer& answer);

 private:
  SettledMesh settled_;
};

}  // namespace sgdflux::continuation
