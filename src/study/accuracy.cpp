#include "accuracy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "memory.hpp"
#include "posing.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

constexpr double wished_tolerance = 1e-6;  ///< of scheme.tolerance = auto
constexpr double largest_step = 2;         ///< cells per axis from one round to the next
constexpr double least_step = 1.1;
constexpr double margin = 1.1;      ///< on the predicted number of cells per axis
constexpr int trusted_order = 2;    ///< schemes up to here are asymptotic from the start: their prediction is believed
constexpr double rounding = 1e-12;  ///< least share that is put down to the solver
constexpr double useful_rate = 0.25;  ///< observed orders below mean that cells do not help
constexpr double unresolved = 0.5;    ///< share above which nothing is predicted
constexpr double spare_depth = 6;     ///< of ln p at the ends, beyond ln of the tolerance, for what moments multiply
constexpr int most_rounds = 8;
constexpr Index coarse_cells = 400;  ///< per axis, up to which a verdict in one variable is asked of a finer grid

/// Cells that are spent on a target nobody has set: a few seconds.
Index moderate_cells(int dimension) {
  constexpr std::array<Index, core::max_dimension> cells{20000, 40000, 40000, 0};
  return cells.at(static_cast<std::size_t>(dimension) - 1);
}

struct Target {
  double tolerance;
  bool demanded;
  Index limit;  ///< of cells
  std::string limit_name;
};

Target target_of(const model::Sde& sde, const StationaryOptions& options) {
  const Index moderate = moderate_cells(sde.dimension());
  if (options.tolerance || options.max_cells <= moderate) {
    return {options.tolerance.value_or(wished_tolerance), options.tolerance.has_value(), options.max_cells,
            "max_cells"};
  }
  return {wished_tolerance, false, moderate, "effort"};
}

const Share* largest(const std::vector<Share>& shares) {
  const auto found = std::max_element(shares.begin(), shares.end(),
                                      [](const Share& a, const Share& b) { return a.total() < b.total(); });
  return found == shares.end() ? nullptr : &*found;
}

double worst(const std::vector<Share>& shares) {
  const Share* share = largest(shares);
  return share == nullptr ? 0 : share->total();
}

/// A quantity that had no value on its grid.
bool undefined(const Share& share) { return share.discretisation == 1 && share.truncation == 0; }

const Share* find(const Round* round, const std::string& name) {
  if (round == nullptr) {
    return nullptr;
  }
  const auto found =
      std::find_if(round->shares.begin(), round->shares.end(), [&](const Share& share) { return share.name == name; });
  return found == round->shares.end() ? nullptr : &*found;
}

/// Whether cells could bring this share below the tolerance. What a coarse grid sees beyond the ends of the domain may
/// be its own noise: truncation is believed when the grid is fine enough, or when the round before saw the same.
bool refinable(const Share& share, const Round* before, double tolerance) {
  if (share.solver > 0.7 * tolerance) {
    return false;
  }
  const Share* old = find(before, share.name);
  const bool noise =
      old == nullptr || undefined(*old) ? share.discretisation > tolerance : share.truncation < 0.5 * old->truncation;
  return share.truncation < 0.7 * tolerance || noise;
}

/// The part of a share that cells can take away, and what may be left of it.
struct Excess {
  double now;
  double allowed;
};

Excess excess(const Share& share, double tolerance) {
  const bool small = share.truncation < 0.7 * tolerance;
  return {share.discretisation + (small ? 0 : share.truncation),
          tolerance - share.solver - (small ? share.truncation : 0)};
}

Index total_cells(const std::vector<mesh::AxisSpec>& mesh) {
  Index cells = 1;
  for (const auto& axis : mesh) {
    cells *= axis.cells;
  }
  return cells;
}

int automatic_axes(const StationaryOptions& options) {
  return static_cast<int>(
      std::count_if(options.mesh.begin(), options.mesh.end(), [](const auto& axis) { return axis.automatic(); }));
}

/// What two rounds show of a share's order of convergence.
double observed_order(const Share& share, const Round* before, double step, double expected) {
  const Share* old = find(before, share.name);
  if (old == nullptr || !(old->total() > 0 && share.total() > 0) ||
      std::max(old->total(), share.total()) >= unresolved) {
    return expected;
  }
  return std::min(2 * expected, std::log(old->total() / share.total()) / std::log(step));
}

/// Shares of quantities without a value count in the first round only: a second grid that cannot tell their value
/// either leaves them to the reasons that the report gives.
void forget_undefined(const std::vector<Share>& earlier, std::vector<Share>& shares) {
  std::erase_if(shares, [&](const Share& share) {
    return undefined(share) && std::any_of(earlier.begin(), earlier.end(),
                                           [&](const Share& old) { return old.name == share.name && undefined(old); });
  });
}

/// Factor of cells per axis that the target needs; below 1 nothing is left to gain, infinite: cells do not help.
/// @param step from the round before, if there was one, to this one.
double needed_step(const Round& now, const Round* before, double step, double tolerance) {
  double needed = 0;
  for (const Share& share : now.shares) {
    if (share.total() <= tolerance || !refinable(share, before, tolerance)) {
      continue;
    }
    const Excess over = excess(share, tolerance);
    const double expected = share.smooth ? now.order : std::min(now.order, trusted_order);
    const double rate = observed_order(share, before, step, expected);
    needed = std::max(needed, rate < useful_rate ? std::numeric_limits<double>::infinity()
                                                 : margin * std::pow(over.now / over.allowed, 1 / rate));
  }
  return needed;
}

/// What keeps shares above the tolerance that more cells cannot make smaller.
std::string obstacle(const Round& now, const Round* before, double tolerance) {
  const Share* top = nullptr;
  for (const Share& share : now.shares) {
    if (share.total() > tolerance && !refinable(share, before, tolerance) &&
        (top == nullptr || share.total() > top->total())) {
      top = &share;
    }
  }
  return top == nullptr ? "" : top->truncation > top->solver ? "domain" : "rounding";
}

/// How to go on: the next factor of cells per automatic axis, or what stops the refinement.
struct Decision {
  double step = 0;
  std::string stopped_by;
};

Decision decide(const Target& target, const Round& now, const Round* before, double last_step, double room) {
  const double needed = needed_step(now, before, last_step, target.tolerance);
  if (needed <= 1) {
    return {0, obstacle(now, before, target.tolerance)};
  }
  if (std::isinf(needed)) {
    return {0, "stagnation"};
  }
  // A scheme of high order on a coarse grid is better than its order says: there the prediction waits for a second
  // round.
  const bool blind = worst(now.shares) >= unresolved;
  const bool believed = now.order <= trusted_order || (before != nullptr && !blind);
  if (room < least_step || (needed > room && believed)) {
    return {0, target.limit_name};
  }
  // In quarters: estimates differ by rounding between numbers of ranks, cells must not.
  const double quarters = std::ceil(4 * std::min(std::max(needed, least_step), largest_step)) / 4;
  return {std::min(quarters, room), {}};
}

/// The mesh with `factor` times the cells on automatic axes. In one variable the map is chosen anew.
StationaryAnswer refined(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                         const StationaryAnswer& unsettled, const StationaryAnswer& posed, double factor) {
  StationaryAnswer next = posed;
  for (std::size_t d = 0; d < posed.mesh.size(); ++d) {
    if (options.mesh[d].automatic()) {
      next.mesh[d].cells = static_cast<Index>(factor * static_cast<double>(posed.mesh[d].cells));
    }
  }
  if (sde.dimension() > 1) {
    return next;
  }
  StationaryOptions more = options;
  more.mesh[0].cells = next.mesh[0].cells;
  more.progress = {};
  next = unsettled;
  return settle_mesh(comm, sde, more, reach_for(options), next) ? next : posed;
}

bool fits(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options, const StationaryAnswer& posed) {
  try {
    require_memory(comm, sde, posed.mesh, fv::Scheme{fv::parse_flux(posed.flux), posed.damping}, options.memory_limit);
    return true;
  } catch (const core::SettingsError&) {
    return false;
  }
}

void add_seconds(const StationaryAnswer& from, StationaryAnswer& to) {
  for (const auto& [phase, seconds] : from.seconds) {
    to.seconds[phase] += seconds;
  }
}

std::string obstacle_words(const Accuracy& accuracy) {
  static const std::map<std::string, std::string> words{
      {"max_cells", "scheme.max_cells allows no mesh that would"},
      {"memory", "the memory holds no mesh that would"},
      {"effort", "more cells than a moderate effort allows would be needed; set scheme.tolerance to insist"},
      {"domain", "what lies beyond the ends of the automatic domain counts for more"},
      {"rounding", "the residual of the solver and rounding count for more"},
      {"stagnation", "more cells do not make the error smaller"}};
  const auto found = words.find(accuracy.stopped_by);
  return found == words.end() ? accuracy.stopped_by : found->second;
}

std::string shortfall(const Accuracy& accuracy) {
  std::ostringstream text;
  text.precision(3);
  text << "the relative error of " << accuracy.largest << ", " << accuracy.relative << ", exceeds the tolerance "
       << accuracy.tolerance << ": " << obstacle_words(accuracy);
  return text.str();
}

void conclude(const Target& target, int rounds, const std::string& stopped_by, Round& round) {
  if (round.shares.empty()) {  // nothing has a value
    return;
  }
  Accuracy accuracy;
  accuracy.tolerance = target.tolerance;
  accuracy.demanded = target.demanded;
  accuracy.rounds = rounds;
  if (const Share* share = largest(round.shares)) {
    accuracy.largest = share->name;
    accuracy.relative = share->total();
  }
  accuracy.reached = accuracy.relative <= target.tolerance;
  accuracy.stopped_by = accuracy.reached ? "" : stopped_by;
  if (!accuracy.reached) {
    if (target.demanded || accuracy.stopped_by == "max_cells") {
      doubt(round.answer, shortfall(accuracy));
    } else {
      round.answer.remarks.push_back(shortfall(accuracy));
    }
  }
  round.answer.accuracy = accuracy;
}

}  // namespace

std::vector<Share> shares(const Quantities& before, const Quantities& after, double solver_error) {
  std::vector<Share> list;
  for (const auto& [name, quantity] : after) {
    const auto& earlier = before.at(name).estimate;
    if (name.starts_with("mode.") || !(quantity.scale > 0)) {
      continue;
    }
    if (quantity.estimate.reason.starts_with("infinite")) {
      continue;
    }
    if (!quantity.estimate.value || !earlier.error) {
      // With a scale it was averaged: whether it is infinite or the grid too coarse, a finer one tells.
      list.push_back({name, 1, 0, 0, quantity.smooth});
      continue;
    }
    const double own = *earlier.error / quantity.scale;
    const double solver = std::min(own, solver_error + rounding);
    list.push_back({name, *quantity.estimate.error / quantity.scale - own, own - solver, solver, quantity.smooth});
  }
  return list;
}

Reach reach_for(const StationaryOptions& options) {
  Reach reach;
  const double depth = spare_depth - std::log(options.tolerance.value_or(wished_tolerance));
  reach.sigmas = std::max(reach.sigmas, std::sqrt(2 * depth));
  return reach;
}

StationaryAnswer answer_to_tolerance(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                     const StationaryAnswer& unsettled, const StationaryAnswer& posed,
                                     const SolveRound& solve) {
  Round best = solve(posed);
  const int axes = automatic_axes(options);
  const Target target = target_of(sde, options);
  StationaryAnswer current = posed;
  // One variable whose ends are unreachable is one component: a grid that says otherwise is too coarse.
  while (sde.dimension() == 1 && axes > 0 && best.answer.verdict == Verdict::several_ergodic_components &&
         2 * current.mesh[0].cells <= std::min<Index>(coarse_cells, target.limit)) {
    current = refined(comm, sde, options, unsettled, current, 2);
    best = solve(current);
  }
  if (axes > 0 && options.tolerance && !options.estimate) {
    best.answer.remarks.emplace_back("scheme.tolerance is not pursued: scheme.estimate = off");
  }
  if (axes == 0 || !best.estimated) {
    return best.answer;
  }
  std::optional<Round> before;
  std::string stopped_by;
  double step = 1;
  int rounds = 0;
  while (worst(best.shares) > target.tolerance && stopped_by.empty()) {
    const double share = static_cast<double>(target.limit) / static_cast<double>(total_cells(current.mesh));
    const Decision decision = decide(target, best, before ? &*before : nullptr, step, std::pow(share, 1. / axes));
    stopped_by = decision.stopped_by.empty() && rounds == most_rounds ? "stagnation" : decision.stopped_by;
    if (!stopped_by.empty()) {
      break;
    }
    const StationaryAnswer next = refined(comm, sde, options, unsettled, current, decision.step);
    const bool more = total_cells(next.mesh) > total_cells(current.mesh);
    if (!more || !fits(comm, sde, options, next)) {
      stopped_by = more ? "memory" : target.limit_name;
      break;
    }
    Round finer = solve(next);
    ++rounds;
    forget_undefined(best.shares, finer.shares);
    add_seconds(best.answer, finer.answer);
    const bool better = worst(finer.shares) <= std::max(target.tolerance, worst(best.shares));
    if (!finer.estimated || (!better && worst(best.shares) < unresolved)) {
      best.answer.seconds = finer.answer.seconds;
      stopped_by = "stagnation";
      break;
    }
    step = decision.step;
    current = next;
    before = std::move(best);
    best = std::move(finer);
  }
  conclude(target, rounds, stopped_by, best);
  return best.answer;
}

}  // namespace sgdflux::study
