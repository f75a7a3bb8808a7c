#include "refusal.hpp"

#include <algorithm>
#include <sstream>

#include "sgdflux/theory/dynamics.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::study {
namespace {

using mesh::Boundary;

std::string refuse_wall(const std::vector<mesh::AxisSpec>& mesh) {
  for (const auto& axis : mesh) {
    if (axis.lower == Boundary::absorbing || axis.upper == Boundary::absorbing) {
      return "the wall of " + axis.name + " absorbs: all mass leaves in the end, and no stationary density exists";
    }
  }
  return {};
}

/// A linear SDE that nothing holds back in some direction; walls on the mesh may.
std::string refuse_unstable(const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh) {
  const auto linear = theory::linear_dynamics(sde);
  const bool walls = std::any_of(mesh.begin(), mesh.end(), [](const mesh::AxisSpec& axis) {
    return axis.lower != Boundary::truncated || axis.upper != Boundary::truncated;
  });
  if (!linear || walls || linear->stable()) {
    return {};
  }
  return "the drift is linear and has a direction in which it does not pull back: an eigenvalue of drift_matrix has no "
         "positive real part, and the mass spreads without end";
}

std::string refuse_end(const theory::End& end) {
  if (!end.integrable) {
    return "towards " + end.where + " the zero-current density behaves like " + end.decay +
           ", which is not integrable: all mass ends up there";
  }
  if (!end.unreachable) {
    return end.where +
           " is reached in finite time and the model does not say what happens there: give that end of the mesh a wall "
           "(reflecting)";
  }
  return {};
}

std::string trapping(const theory::Classification& ends) {
  std::ostringstream text;
  text.precision(3);
  if (ends.trapped) {
    text << "; a region traps the mass for long: the density there exceeds that of the barrier by e^" << ends.barrier
         << ", and its quasi-stationary density would describe what is seen until then";
  }
  return text.str();
}

}  // namespace

std::string refuse_question(const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh) {
  if (const std::string wall = refuse_wall(mesh); !wall.empty()) {
    return wall;
  }
  if (const std::string unstable = refuse_unstable(sde, mesh); !unstable.empty()) {
    return unstable;
  }
  const bool lower = mesh[0].lower == Boundary::truncated;
  const bool upper = mesh[0].upper == Boundary::truncated;
  if (sde.dimension() != 1 || !(lower || upper)) {
    return {};
  }
  const theory::Classification ends = theory::classify(sde);
  std::string reason = lower ? refuse_end(ends.lower) : "";
  if (reason.empty() && upper) {
    reason = refuse_end(ends.upper);
  }
  return reason.empty() ? reason : reason + trapping(ends);
}

}  // namespace sgdflux::study
