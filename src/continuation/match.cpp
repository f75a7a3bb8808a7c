#include <algorithm>
#include <cmath>
#include <numeric>

#include "continuation/assignment.hpp"
#include "continuation/overlap.hpp"
#include "sgdflux/continuation/tracking.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double least = 0.02;     ///< squared overlap of modes that may be the same
constexpr double connected = 0.1;  ///< squared overlap that makes modes parts of one space
constexpr double tie = 0.01;       ///< what closeness of values weighs against squared overlaps

struct Side {
  explicit Side(const study::SpectrumAnswer& answer) : units(continuation::units(answer)) {
    for (const study::Eigenvalue& one : answer.eigenvalues) {
      values.push_back(one.value);
    }
  }
  std::vector<Unit> units;
  std::vector<std::complex<double>> values;
  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(values.size()); }
  [[nodiscard]] bool real(int k) const { return values[static_cast<std::size_t>(k)].imag() == 0; }
};

/// 1 for equal values, 0 for the largest distance possible.
Eigen::ArrayXXd closeness(const Side& before, const Side& after) {
  Eigen::ArrayXXd distance(before.size(), after.size());
  double scale = 0;
  for (Eigen::Index i = 0; i < before.size(); ++i) {
    for (Eigen::Index j = 0; j < after.size(); ++j) {
      const auto a = before.values[static_cast<std::size_t>(i)];
      const auto b = after.values[static_cast<std::size_t>(j)];
      distance(i, j) = std::abs(a - b);
      scale = std::max(scale, std::abs(a) + std::abs(b));
    }
  }
  return scale > 0 ? Eigen::ArrayXXd(1 - distance / scale)
                   : Eigen::ArrayXXd(Eigen::ArrayXXd::Ones(before.size(), after.size()));
}

/// Squared overlaps of spaces: with either member of a pair a mode has in common what it has with the pair.
Eigen::ArrayXXd of_spaces(const Eigen::ArrayXXd& squared, const Side& before, const Side& after) {
  Eigen::ArrayXXd result = squared;
  for (const Unit& a : before.units) {
    for (const Unit& b : after.units) {
      auto block = result.block(a.first, b.first, a.size, b.size);
      block = block.sum() / std::min(a.size, b.size);
    }
  }
  return result.min(1.);
}

/// Connected components of both spectra: a number for each eigenvalue of `before`, then of `after`.
std::vector<int> groups(const Eigen::ArrayXXd& spaces) {
  std::vector<int> group(static_cast<std::size_t>(spaces.rows() + spaces.cols()));
  std::iota(group.begin(), group.end(), 0);
  for (Eigen::Index i = 0; i < spaces.rows(); ++i) {
    for (Eigen::Index j = 0; j < spaces.cols(); ++j) {
      const int one = group[static_cast<std::size_t>(i)];
      const int other = group[static_cast<std::size_t>(spaces.rows() + j)];
      if (spaces(i, j) >= connected && one != other) {
        std::replace(group.begin(), group.end(), std::max(one, other), std::min(one, other));
      }
    }
  }
  return group;
}

/// Everything that is known when modes are assigned.
struct Matching {
  const Side& before;
  const Side& after;
  const Eigen::ArrayXXd& squared;
  Eigen::ArrayXXd spaces;
  Eigen::ArrayXXd close;
  Match match;

  [[nodiscard]] bool changes_kind(int i) const {
    const int j = match.to[static_cast<std::size_t>(i)];
    return j >= 0 && before.real(i) != after.real(j);
  }

  void by_overlap() {
    const Eigen::ArrayXXd weight = (spaces >= least).select(spaces + tie * close, 0.);
    match.to = assign(before.units, after.units, weight);
    for (std::size_t i = 0; i < match.to.size(); ++i) {
      const int j = match.to[i];
      match.overlap.push_back(j < 0 ? 0 : std::sqrt(spaces(static_cast<Eigen::Index>(i), j)));
    }
  }

  /// Assigns anew by values what `free_row` and `allowed` name.
  template <class Row, class Entry>
  std::vector<int> by_value(const Row& free_row, const Entry& allowed) const {
    Eigen::ArrayXXd weight = Eigen::ArrayXXd::Zero(before.size(), after.size());
    for (int i = 0; i < weight.rows(); ++i) {
      for (int j = 0; j < weight.cols(); ++j) {
        weight(i, j) = free_row(i) && allowed(i, j) ? 1 + close(i, j) : 0;
      }
    }
    return assign(before.units, after.units, weight, 1);
  }

  /// Where a space goes on as a whole with other kinds of eigenvalues, these decide which is which.
  void regroup() {
    const std::vector<int> group = groups(spaces);
    const auto of_after = [&](int j) { return group[static_cast<std::size_t>(spaces.rows() + j)]; };
    for (int seed = 0; seed < before.size(); ++seed) {
      const int here = group[static_cast<std::size_t>(seed)];
      const bool first = std::find(group.begin(), group.begin() + seed, here) == group.begin() + seed;
      const auto in_group = [&](int i) { return group[static_cast<std::size_t>(i)] == here; };
      bool changed = false;
      for (int i = seed; i < before.size(); ++i) {
        changed = changed || (in_group(i) && changes_kind(i));
      }
      if (first && changed) {
        const auto fresh = by_value(in_group, [&](int, int j) { return of_after(j) == here; });
        adopt(fresh, in_group, [&](int j) { return of_after(j) == here; });
      }
    }
  }

  template <class Row, class Column>
  void adopt(const std::vector<int>& fresh, const Row& in_group, const Column& there) {
    double share = 0;
    int members = 0;
    for (int i = 0; i < before.size(); ++i) {
      for (int j = 0; in_group(i) && j < after.size(); ++j) {
        share += there(j) ? squared(i, j) : 0;
      }
      members += in_group(i) ? 1 : 0;
    }
    for (int i = 0; i < before.size(); ++i) {
      if (in_group(i)) {
        const auto k = static_cast<std::size_t>(i);
        match.to[k] = fresh[k];
        match.overlap[k] = fresh[k] < 0 ? 0 : std::min(1., std::sqrt(share / members));
      }
    }
  }

  /// Modes without vectors, here or there, among what is left over.
  void complete(const std::vector<bool>& vectors_before, const std::vector<bool>& vectors_after) {
    const auto open = [&](int i) { return match.to[static_cast<std::size_t>(i)] < 0; };
    const auto taken = [&](int j) { return std::find(match.to.begin(), match.to.end(), j) != match.to.end(); };
    const auto blind = [&](int i, int j) {
      return !taken(j) && !(vectors_before[static_cast<std::size_t>(i)] && vectors_after[static_cast<std::size_t>(j)]);
    };
    const std::vector<int> fresh = by_value(open, blind);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      match.to[i] = match.to[i] < 0 ? fresh[i] : match.to[i];
    }
  }
};

}  // namespace

Match match(MPI_Comm comm, const study::SpectrumAnswer& before, const study::SpectrumAnswer& after) {
  const Side from(before);
  const Side to(after);
  const bool comparable = same_cells(before, after);
  const Eigen::ArrayXXd squared = comparable ? squared_overlaps(comm, before, after)
                                             : Eigen::ArrayXXd(Eigen::ArrayXXd::Zero(from.size(), to.size()));
  Matching matching{from, to, squared, of_spaces(squared, from, to), closeness(from, to), {}};
  matching.by_overlap();
  matching.regroup();
  const auto none = [](const Side& side) { return std::vector<bool>(side.values.size(), false); };
  matching.complete(comparable ? with_vectors(before) : none(from), comparable ? with_vectors(after) : none(to));
  return matching.match;
}

}  // namespace sgdflux::continuation
