#include "domain_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

constexpr double first_reach = 7;           ///< standard deviations around every well that the search begins with
constexpr double growing = 1e-3;            ///< share of the peak at which an end moves out
constexpr double least_occupied = 1e-6;     ///< share of the peak that counts as density
constexpr double trusted_negative = 0.02;   ///< mass
constexpr double largest_distortion = 100;  ///< ratio of the drift to its linearisation at one standard deviation
constexpr int most_halvings = 100;
constexpr int search_rounds = 60;
constexpr int most_retreats = 30;
constexpr double largest_growth = 1e9;  ///< and, inverted, the largest shrinking

Index coarse_cells(int dimension) {
  constexpr std::array<Index, core::max_dimension> cells{0, 40, 16, 9};
  return cells.at(static_cast<std::size_t>(dimension) - 1);
}

/// Standard deviations of a well, halved until the linearisation is not all wrong there. Where it underrates the drift
/// (a flat bottom between steep walls) it overrates the width; a box grows easily, but one that is decades too wide
/// shows nothing.
Eigen::VectorXd believable_sigma(const model::Sde& sde, const Well& well) {
  Eigen::VectorXd sigma = well.sigma;
  for (Eigen::Index d = 0; d < sigma.size(); ++d) {
    const auto underrated = [&](double side) {
      const Eigen::VectorXd shift = side * sigma(d) * Eigen::VectorXd::Unit(sigma.size(), d);
      return drift_at(sde, well.mean + shift).norm() > largest_distortion * (well.jacobian * shift).norm();
    };
    for (int halving = 0; halving < most_halvings && underrated(1) && underrated(-1); ++halving) {
      sigma(d) /= 2;
    }
  }
  return sigma;
}

Extent first_extent(const model::Sde& sde, const std::vector<Well>& wells) {
  const auto dim = static_cast<std::size_t>(sde.dimension());
  const Eigen::VectorXd typical = sde.typical_point();
  Extent extent{typical.array() - 1, typical.array() + 1, std::vector<Bend>(dim)};
  for (std::size_t k = 0; k < wells.size(); ++k) {
    const Eigen::VectorXd reach = first_reach * believable_sigma(sde, wells[k]);
    const Eigen::VectorXd lower = wells[k].mean - reach;
    const Eigen::VectorXd upper = wells[k].mean + reach;
    extent.lower = k == 0 ? lower : Eigen::VectorXd(extent.lower.cwiseMin(lower));
    extent.upper = k == 0 ? upper : Eigen::VectorXd(extent.upper.cwiseMax(upper));
  }
  return extent;
}

}  // namespace

BoxSearch::BoxSearch(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                     const std::vector<Well>& wells)
    : comm_(comm), sde_(sde), mesh_(mesh), extent_(first_extent(sde, wells)) {
  clip();
  first_ = extent_;
  usable_ = extent_;
}

bool BoxSearch::wall(int d, bool upper) const {
  const auto& axis = mesh_[static_cast<std::size_t>(d)];
  return (upper ? axis.upper : axis.lower) != mesh::Boundary::truncated;
}

/// Into the natural domain; walls stand at its ends.
void BoxSearch::clip() {
  for (int d = 0; d < sde_.dimension(); ++d) {
    const model::Interval domain = sde_.natural_domain(d);
    extent_.lower(d) = wall(d, false) ? domain.lower : std::max(extent_.lower(d), domain.lower);
    extent_.upper(d) = wall(d, true) ? domain.upper : std::min(extent_.upper(d), domain.upper);
  }
}

std::vector<mesh::AxisSpec> BoxSearch::axes(const Extent& extent, Index cells, bool straight) const {
  std::vector<mesh::AxisSpec> result = mesh_;
  for (std::size_t d = 0; d < mesh_.size(); ++d) {
    const auto e = static_cast<Eigen::Index>(d);
    const Bend& bend = extent.bends[d];
    if (mesh_[d].automatic()) {
      const bool curved = bend.curved && !straight;
      result[d].map = curved ? "sinh" : "linear";
      result[d].arguments = {extent.lower(e), extent.upper(e)};
      if (curved) {
        result[d].arguments.insert(result[d].arguments.end(), {bend.scale, bend.centre});
      }
    }
    result[d].cells = cells == 0             ? mesh_[d].cells
                      : mesh_[d].automatic() ? cells
                                             : std::min(cells, std::max<Index>(mesh_[d].cells, 8));
  }
  return result;
}

/// A box whose growth met coefficients that are no numbers goes back half of its last step; the end may not be where
/// mass is (see settle).
void BoxSearch::retreat(const std::string& why) {
  if (!have_usable_ || ++retreats_ > most_retreats) {
    throw core::SettingsError(why);
  }
  extent_.lower = 0.5 * (extent_.lower + usable_.lower);
  extent_.upper = 0.5 * (extent_.upper + usable_.upper);
}

Look BoxSearch::solve(Index cells, fv::Flux flux) {
  for (;;) {
    try {
      auto solution = solve_on(comm_, sde_, axes(extent_, cells, false), {flux, 1});
      const double negative = la::sum(comm_, (-solution->state.mass).max(0.).sum());
      usable_ = extent_;
      have_usable_ = true;
      const bool sharp = solution->result.converged && solution->result.simple && negative <= trusted_negative;
      return {std::move(solution), sharp};
    } catch (const core::SettingsError& error) {
      retreat(error.what());
    }
  }
}

/// Second order, with more cells where that is too few.
Look BoxSearch::look() {
  const Index cells = coarse_cells(sde_.dimension());
  Look result = solve(cells, fv::Flux::order2);
  if (!result.sharp && sde_.dimension() < 4) {
    result = solve(sde_.dimension() == 2 ? 2 * cells : cells + cells / 2, fv::Flux::order2);
  }
  return result;
}

bool BoxSearch::adjust(const Look& look) {
  bool moved = false;
  for (int d = 0; d < sde_.dimension(); ++d) {
    if (!automatic(d)) {
      continue;
    }
    const Profile profile = profile_of(look.solution->state, d);
    const double floor = std::clamp(30 * profile.noise, least_occupied, growing);
    const Eigen::Index n = profile.depth.size();
    const Stretch held = occupied(profile, floor);
    const Stretch dense = occupied(profile, growing);
    const double lower = extent_.lower(d);
    const double width = extent_.upper(d) - lower;
    const double cell = width / static_cast<double>(n);
    const bool low = dense.first == 0 && !wall(d, false);
    const bool high = dense.last == n - 1 && !wall(d, true);
    // Without exchange between wells the solver's mixture of them is arbitrary: none is given up.
    const bool empty = look.solution->result.simple && 5 * held.cells() < 2 * n;
    if (!low && !high && !empty) {
      continue;
    }
    const double spare = std::max(2 * cell, 0.25 * cell * static_cast<double>(held.cells()));
    if (empty) {
      extent_.lower(d) = std::max(lower, lower + cell * static_cast<double>(held.first) - spare);
      extent_.upper(d) = std::min(lower + width, lower + cell * static_cast<double>(held.last + 1) + spare);
    }
    extent_.lower(d) = low ? lower - 0.6 * width : extent_.lower(d);
    extent_.upper(d) = high ? lower + 1.6 * width : extent_.upper(d);
    moved = true;
  }
  clip();
  return moved;
}

std::string BoxSearch::size_refusal() const {
  for (int d = 0; d < sde_.dimension(); ++d) {
    const std::string& name = sde_.variables()[static_cast<std::size_t>(d)];
    const double width = extent_.upper(d) - extent_.lower(d);
    const double initial = first_.upper(d) - first_.lower(d);
    if (width > largest_growth * initial) {
      return "the mass keeps spreading along " + name + " as the domain grows: no confinement was found up to " +
             std::to_string(static_cast<long>(largest_growth)) + " times the width it began with";
    }
    if (width < initial / largest_growth) {
      return "the mass contracts onto a single value of " + name + " (near " + std::to_string(extent_.upper(d)) +
             "): the stationary law has no density there";
    }
  }
  return {};
}

std::string BoxSearch::settle() {
  bool moving = true;
  for (int round = 0; round < search_rounds && moving; ++round) {
    const Look seen = look();
    moving = adjust(seen);
    if (const std::string refusal = size_refusal(); !refusal.empty()) {
      return refusal;
    }
  }
  if (moving) {
    remarks_.push_back("the automatic domain had not settled after " + std::to_string(search_rounds) +
                       " coarse solves");
  }
  return {};
}

}  // namespace sgdflux::study
