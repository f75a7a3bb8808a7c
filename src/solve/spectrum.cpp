#include "sgdflux/solve/spectrum.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "spectrum_match.hpp"
#include "spectrum_mode.hpp"
#include "spectrum_search.hpp"

namespace sgdflux::solve {
namespace {

using core::Index;
using Array = Eigen::ArrayXd;
using ComplexArray = Eigen::ArrayXcd;

/// First shift in units of the slowest rate; smaller where a solve is much dearer than a vector of the space.
constexpr double shift_per_rate = 10;
constexpr double applied_shift_per_rate = 5;
constexpr double frequency_per_shift = 30;
constexpr double rate_per_shift = 0.05;
constexpr int most_shifts = 5;
constexpr double same_value = 1e-9;  ///< of two eigenvalues, relative to the shift
/// The same where every solve is one of a Krylov method, and the best tolerance that is aimed at there: two-sided
/// Rayleigh quotients are better than the vectors.
constexpr double applied_same_value = 1e-7;
constexpr double applied_tolerance = 1e-10;
constexpr double same_score = 1e-6;
constexpr double sound_condition = 1e8;  ///< of a mode that can be split off
constexpr double near_values = 1e-3;     ///< relative to the shift: further apart, two vectors are two modes
constexpr double same_direction = 1 - 1e-6;
constexpr int most_rounds = 8;
constexpr int spare_copies = 2;
constexpr double accepted_residual = 1e-5;  ///< ‖Lv − λv‖ relative to |λ − σ|‖v‖: more is no eigenvector …
constexpr double rounding = 1e-12;          ///< … unless the rates where v lives are so large: relative to ‖Dv‖

void check_count(const SpectrumOperator& op, const SpectrumOptions& options) {
  const double cells = la::sum(op.comm(), op.in_play().sum());
  if (options.count < 1 || options.count > cells) {
    throw core::SettingsError("count = " + std::to_string(options.count) + " eigenvalues is not between 1 and " +
                              std::to_string(static_cast<Index>(cells)) + ", the number of cells in play");
  }
}

/// The shift to begin with: as asked for, or from the slowest rate; next to the target when the nearest are wanted (not
/// at it: L is singular at 0).
double first_shift(const SpectrumOperator& op, const SpectrumOptions& options) {
  if (options.shift > 0 && !options.nearest) {
    return options.shift;
  }
  const double estimate = slowest_rate(op);
  const double fastest = la::maximum(op.comm(), op.rates().size() > 0 ? op.rates().maxCoeff() : 0);
  const double rate = std::isfinite(estimate) && estimate > 0 ? std::min(estimate, fastest) : fastest;
  const double per_rate = op.problem().applied != nullptr ? applied_shift_per_rate : shift_per_rate;
  return options.nearest ? options.target + 1e-3 * rate : per_rate * rate;
}

Ranking ranking(const SpectrumOptions& options, double shift) {
  const double scale = std::abs(shift);
  return {rate_per_shift * scale, options.frequency > 0 ? options.frequency : frequency_per_shift * scale,
          options.nearest, options.target};
}

/// Everything that one shift yields.
struct Search {
  const SpectrumOperator& op;
  ShiftInvert inverse;
  SearchOptions options;
  double resolution;
  std::vector<Pair> pairs;
  int iterations = 0;
  bool converged = false;
  std::string reason;

  Found find(Side side, const SearchOptions& wanted, const Purge& purge) {
    Found found = search(op, inverse, side, wanted, purge);
    iterations += found.iterations;
    return found;
  }
};

/// Right vectors with the shift that suits them.
Search search_right(const SpectrumOperator& op, const SpectrumOptions& options) {
  const bool applied = op.problem().applied != nullptr;
  double shift = first_shift(op, options);
  int iterations = 0;
  for (int trial = 1;; ++trial) {
    const bool may_move = options.shift <= 0 && !options.nearest && trial < most_shifts;
    const double tolerance = applied ? std::max(options.tolerance, applied_tolerance) : options.tolerance;
    const double resolution = (applied ? applied_same_value : same_value) * std::abs(shift);
    const SearchOptions wanted{options.count, tolerance, options.iterations, ranking(options, shift), may_move};
    Search result{op, ShiftInvert(op, shift), wanted, resolution, {}, iterations, false, ""};
    Found found = result.find(Side::right, wanted, Purge(op, Side::right, {}));
    if (found.better_shift == 0) {
      result.converged = found.converged;
      result.reason = found.reason;
      result.pairs = std::move(found.pairs);
      sort_pairs(result.pairs, result.resolution);
      return result;
    }
    iterations = result.iterations;
    shift = found.better_shift;
  }
}

/// Left vectors of `pairs` beside those of `known`; `spare` more are looked at, which may be closer matches.
void search_left(Search& search, const std::vector<Pair>& known, int spare, std::vector<Pair>& pairs) {
  SearchOptions wanted = search.options;
  wanted.may_move = false;
  wanted.count = members(pairs) + spare;
  const Found found = search.find(Side::left, wanted, Purge(search.op, Side::left, known));
  match_left(search.op, found.pairs, search.resolution, pairs);
}

/// Score of the last mode wanted.
double last_score(const Search& search, int count) {
  std::vector<double> scores;
  for (const Pair& pair : search.pairs) {
    scores.insert(scores.end(), pair.value.imag() == 0 ? 1 : 2, search.options.ranking.score(pair.value));
  }
  std::sort(scores.rbegin(), scores.rend());
  return scores[static_cast<std::size_t>(std::min<int>(count, static_cast<int>(scores.size())) - 1)];
}

/// The pairs with a left vector of their own, and the others: defective, or a left copy was missed.
struct Sorting {
  std::vector<Pair> known;
  std::vector<Pair> open;
};

Sorting sorting(const Search& search) {
  Sorting result;
  for (const Pair& pair : search.pairs) {
    (condition(search.op, pair) < sound_condition ? result.known : result.open).push_back(pair);
  }
  return result;
}

/// Whether a pair that was found beside the others is an eigenvector, and not one of theirs once more: near a defective
/// eigenvalue rounding yields copies of the same vector without end.
bool is_new(const Search& search, const Sorting& others, const Pair& pair) {
  const SpectrumOperator& op = search.op;
  const double scale = std::abs(search.inverse.shift());
  const double norm = op.norm2(pair.vector);
  const auto near = [&](const Pair& old) { return std::abs(old.value - pair.value) <= near_values * scale; };
  const auto same = [&](const Pair& old) {
    return near(old) && std::abs(op.dot(old.vector, pair.vector)) > same_direction * norm * op.norm2(old.vector);
  };
  return op.norm2(op.apply(pair.vector) - pair.value * pair.vector) <=
             same_score * (scale + std::abs(pair.value)) * norm &&
         std::none_of(others.open.begin(), others.open.end(), near) &&
         std::none_of(others.known.begin(), others.known.end(), same);
}

void replace_pairs(Search& search, const Sorting& others, const std::vector<Pair>& fresh) {
  search.pairs = others.known;
  search.pairs.insert(search.pairs.end(), others.open.begin(), others.open.end());
  search.pairs.insert(search.pairs.end(), fresh.begin(), fresh.end());
  sort_pairs(search.pairs, search.resolution);
  biorthogonalise(search.op, near_values * std::abs(search.inverse.shift()), search.pairs);
}

/// Another search for left vectors, beside the modes that have one.
void adopt_open(Search& search) {
  Sorting others = sorting(search);
  if (others.open.empty() || !Purge(search.op, Side::left, others.known).sound()) {
    return;
  }
  std::vector<Pair> adopted = std::move(others.open);
  others.open.clear();
  search_left(search, others.known, spare_copies, adopted);
  replace_pairs(search, others, adopted);
}

/// A Krylov space grown from one vector finds the copies of a multiple eigenvalue one after the other, by rounding
/// only, and may stop before the last. So the space beside the modes found is searched again, until nothing there
/// decays more slowly than the last mode wanted.
void complete(Search& search, const SpectrumOptions& options) {
  const double cells = la::sum(search.op.comm(), search.op.in_play().sum());
  const double margin = same_score * std::abs(search.inverse.shift());
  for (int round = 1; round <= most_rounds && members(search.pairs) + 4 < cells; ++round) {
    const Sorting others = sorting(search);
    const Purge purge(search.op, Side::right, others.known);
    if (!purge.sound()) {
      return;
    }
    SearchOptions wanted = search.options;
    wanted.may_move = false;
    wanted.count = 2;
    wanted.seed = static_cast<unsigned>(round);
    wanted.above = last_score(search, options.count) + margin;
    std::vector<Pair> fresh;
    for (Pair& pair : search.find(Side::right, wanted, purge).pairs) {
      if (wanted.ranking.score(pair.value) > wanted.above && is_new(search, others, pair)) {
        fresh.push_back(std::move(pair));
      }
    }
    if (fresh.empty()) {
      return;
    }
    sort_pairs(fresh, search.resolution);
    search_left(search, others.known, spare_copies, fresh);
    replace_pairs(search, others, fresh);
  }
}

/// The first `count` by ranking, pairs whole, in the order of the answer.
std::vector<Pair> first_pairs(const Search& search, int count) {
  std::vector<Pair> all = search.pairs;
  std::stable_sort(all.begin(), all.end(), [&](const Pair& a, const Pair& b) {
    return search.options.ranking.score(a.value) > search.options.ranking.score(b.value);
  });
  std::vector<Pair> chosen;
  for (auto pair = all.begin(); pair != all.end() && members(chosen) < count; ++pair) {
    chosen.push_back(std::move(*pair));
  }
  sort_pairs(chosen, search.resolution);
  return chosen;
}

/// ‖Lv − λv‖ relative to |λ − σ|‖v‖ and to the rounding of Lv.
bool acceptable(const Search& search, const Pair& pair, double residual) {
  const double size = search.op.norm2(search.op.rates() * pair.vector) / search.op.norm2(pair.vector);
  return residual <= accepted_residual * std::abs(pair.value - search.inverse.shift()) + rounding * size;
}

/// The modes that were asked for, good ones only; says in `reason` what is wrong with the others.
void select(const Search& search, const SpectrumOptions& options, SpectrumResult& result) {
  int count = 0;
  int dropped = 0;
  int without = 0;
  for (const Pair& pair : first_pairs(search, options.count)) {
    Mode mode = finish(search.op, pair, options.left, search.resolution);
    if (!acceptable(search, pair, mode.right_residual)) {
      ++dropped;
      continue;
    }
    count += pair.value.imag() == 0 ? 1 : 2;
    without += std::isinf(mode.condition) ? 1 : 0;
    result.modes.push_back(std::move(mode));
  }
  result.converged = search.converged && count >= options.count;
  if (dropped > 0) {
    result.reason += "; " + std::to_string(dropped) + " dropped for their residual";
  }
  if (without > 0) {
    result.reason += "; " + std::to_string(without) + " without left vector (defective eigenvalue)";
  }
}

/// u and v of a mode as complex fields.
ComplexArray joined(const Array& real, const Array& imaginary) {
  ComplexArray result = real.cast<Complex>();
  if (imaginary.size() > 0) {
    result.imag() = imaginary;
  }
  return result;
}

}  // namespace

SpectrumResult spectrum(MPI_Comm comm, const SpectrumProblem& problem, const SpectrumOptions& options) {
  const SpectrumOperator op(comm, problem);
  check_count(op, options);
  Search search = search_right(op, options);
  if (options.left && !search.pairs.empty()) {
    search_left(search, {}, 0, search.pairs);
    biorthogonalise(op, near_values * std::abs(search.inverse.shift()), search.pairs);
    if (search.converged) {
      adopt_open(search);
      complete(search, options);
    }
  }
  SpectrumResult result;
  result.shift = search.inverse.shift();
  result.frequency = search.options.ranking.frequency;
  result.iterations = search.iterations;
  result.inner_iterations = search.inverse.iterations();
  result.reason = search.reason;
  select(search, options, result);
  return result;
}

namespace {

/// uᴴEv/uᴴv with E = `op`.
Complex first_order_change(const SpectrumOperator& op, const Mode& mode) {
  if (mode.left_real.size() != mode.right_real.size()) {
    throw core::InternalError("the first-order change of an eigenvalue needs its left vector");
  }
  const ComplexArray u = joined(mode.left_real, mode.left_imaginary);
  const ComplexArray v = joined(mode.right_real, mode.right_imaginary);
  return op.dot(u, op.apply(v)) / op.dot(u, v);
}

}  // namespace

Complex perturbation(MPI_Comm comm, const SpectrumProblem& problem, const fv::Generator& change, const Mode& mode) {
  const SpectrumProblem changed{problem.grid, problem.partition, change, {}};
  return first_order_change(SpectrumOperator(comm, changed), mode);
}

Complex perturbation(MPI_Comm comm, const SpectrumProblem& problem, Mat change, const Mode& mode) {
  const AppliedGenerator as_generator{change, problem.applied->rates, problem.applied->preconditioner};
  const SpectrumProblem changed{problem.grid, problem.partition, problem.generator, {}, &as_generator};
  return first_order_change(SpectrumOperator(comm, changed), mode);
}

}  // namespace sgdflux::solve
