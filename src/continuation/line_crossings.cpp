#include "continuation/line_crossings.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "sgdflux/core/lagrange.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double clear = 4;  ///< errors that a distance must exceed to have a sign

/// Distance of two lines at one value of the second parameter.
struct Gap {
  double second = 0;
  double distance = 0;  ///< first line minus second one
  double value = 0;     ///< of the first line
  double error = 0;     ///< of both
  [[nodiscard]] bool has_sign() const { return std::abs(distance) > clear * error; }
};

bool within(const Line& line, double second) {
  const double a = line.points.front().second;
  const double b = line.points.back().second;
  return second >= std::min(a, b) && second <= std::max(a, b);
}

std::optional<Gap> gap_at(const TracedLine& a, const TracedLine& b, double second) {
  const auto x = a.at(second);
  const auto y = x ? b.at(second) : std::nullopt;
  return y ? std::optional(Gap{second, x->value - y->value, x->value, x->error + y->error}) : std::nullopt;
}

/// At the points of both lines that lie within the other one, in the direction of the run.
std::vector<Gap> gaps(const TracedLine& a, const TracedLine& b) {
  std::vector<double> places;
  for (const auto* line : {a.line, b.line}) {
    for (const LinePoint& point : line->points) {
      if (within(*a.line, point.second) && within(*b.line, point.second)) {
        places.push_back(point.second);
      }
    }
  }
  const bool up = a.line->points.back().second >= a.line->points.front().second;
  std::sort(places.begin(), places.end(), [&](double x, double y) { return up ? x < y : x > y; });
  // Sums of steps of both lines may differ by rounding only; polynomials need places of their own.
  const double same = 1e-9 * std::abs(a.line->points.back().second - a.line->points.front().second);
  places.erase(std::unique(places.begin(), places.end(), [&](double x, double y) { return std::abs(x - y) <= same; }),
               places.end());
  std::vector<Gap> list;
  for (const double place : places) {
    if (const auto gap = gap_at(a, b, place)) {
      list.push_back(*gap);
    }
  }
  return list;
}

std::string name_of(const Line& line) { return line.kind + (line.subject.empty() ? "" : " of " + line.subject); }

LineCrossing crossing(const TracedLine& a, const TracedLine& b, const char* what) {
  return {name_of(*a.line), name_of(*b.line), 0, 0, 0, 0, what};
}

/// Root of the distance between two gaps of different sign.
std::optional<LineCrossing> root(const TracedLine& a, const TracedLine& b, const Gap& before, const Gap& after,
                                 double tolerance) {
  const Gap& low = before.second < after.second ? before : after;
  const Gap& high = before.second < after.second ? after : before;
  Gap last = low;
  bool lost = false;
  const auto distance = [&](double second) {
    const auto gap = gap_at(a, b, second);
    lost = lost || !gap;
    last = gap.value_or(last);
    return gap ? gap->distance : 0;
  };
  std::uintmax_t steps = 60;
  const auto [left, right] = boost::math::tools::toms748_solve(
      distance, low.second, high.second, low.distance, high.distance,
      [&](double x, double y) { return std::abs(x - y) <= tolerance; }, steps);
  if (lost) {
    return std::nullopt;
  }
  const double slope = std::abs((after.distance - before.distance) / (after.second - before.second));
  LineCrossing found = crossing(a, b, "cross");
  found.second = 0.5 * (left + right);
  found.second_error = right - left + tolerance + last.error / slope;
  found.value = last.value;
  found.error =
      last.error * 2 + std::abs((after.value - before.value) / (after.second - before.second)) * found.second_error;
  return found;
}

/// The polynomial through (t, y), at `where`; points from `first` to before `last`.
double polynomial(const std::vector<double>& t, const std::vector<double>& y, std::size_t first, std::size_t last,
                  double where) {
  const auto begin = t.begin();
  const std::vector<double> nodes(begin + static_cast<std::ptrdiff_t>(first),
                                  begin + static_cast<std::ptrdiff_t>(last));
  const std::vector<double> weights = core::lagrange_weights(nodes, where);
  return std::inner_product(weights.begin(), weights.end(), y.begin() + static_cast<std::ptrdiff_t>(first), 0.);
}

/// A place where two lines meet if their distance vanishes like a power of what is left to go.
struct Meeting {
  LineCrossing place;
  double surprise = 0;  ///< how far the last gap is from where the ones before it put it
};

/// Where t = |distance|^{1/order} of the last gaps goes to zero, by the polynomial for `second` and `value` in it. The
/// error is three times the difference to the polynomial of one degree less, and what the errors of the lines do.
Meeting extrapolated(const TracedLine& a, const TracedLine& b, const std::vector<Gap>& last, double order) {
  std::vector<double> t;
  std::vector<double> second;
  std::vector<double> value;
  double noise = 0;  // of t
  double error = 0;  // of value
  for (const Gap& gap : last) {
    t.push_back(std::pow(std::abs(gap.distance), 1 / order));
    second.push_back(gap.second);
    value.push_back(gap.value);
    noise = std::max(noise, t.back() / order * gap.error / std::abs(gap.distance));
    error = std::max(error, gap.error);
  }
  const std::size_t n = t.size();
  const double slope = std::abs((second[n - 1] - second[n - 2]) / (t[n - 1] - t[n - 2]));
  const double climb = std::abs((value[n - 1] - value[n - 2]) / (t[n - 1] - t[n - 2]));
  Meeting found{crossing(a, b, "meet"), std::abs(second[n - 1] - polynomial(t, second, 0, n - 1, t[n - 1]))};
  LineCrossing& place = found.place;
  place.second = polynomial(t, second, 0, n, 0);
  place.value = polynomial(t, value, 0, n, 0);
  place.second_error = 3 * std::abs(place.second - polynomial(t, second, 1, n, 0)) + 2 * noise * slope;
  place.error = 3 * std::abs(place.value - polynomial(t, value, 1, n, 0)) + 2 * noise * climb + error;
  return found;
}

/// The distance towards the end of `list` shrinks like a power of what is left to go: linear where lines cut each
/// other, quadratic where they touch; the power that foresees the last gap better counts, and where both do so about
/// as well the difference between them is an error.
std::optional<LineCrossing> meeting(const TracedLine& a, const TracedLine& b, std::vector<Gap> list) {
  constexpr std::size_t used = 4;
  constexpr double decisive = 10;
  if (list.size() < used || !(std::abs(list.back().distance) < std::abs(list[list.size() - 2].distance))) {
    return std::nullopt;
  }
  list.erase(list.begin(), list.end() - used);
  const Meeting once = extrapolated(a, b, list, 1);
  const Meeting twice = extrapolated(a, b, list, 2);
  const bool linear = once.surprise < twice.surprise;
  const Meeting& other = linear ? twice : once;
  Meeting best = linear ? once : twice;
  if (other.surprise < decisive * best.surprise) {
    best.place.second_error += std::abs(once.place.second - twice.place.second);
    best.place.error += std::abs(once.place.value - twice.place.value);
  }
  // It must lie ahead, no further than the line has come in its last steps.
  const double stride = std::abs(list.back().second - list.front().second);
  const double ahead = (best.place.second - list.back().second) * (list.back().second > list.front().second ? 1 : -1);
  return ahead > -best.place.second_error && ahead < stride ? std::optional(best.place) : std::nullopt;
}

void add(const std::optional<LineCrossing>& crossing, std::vector<LineCrossing>& found) {
  if (crossing) {
    found.push_back(*crossing);
  }
}

void look_at(const TracedLine& a, const TracedLine& b, double tolerance, std::vector<LineCrossing>& found) {
  std::vector<Gap> run;  // of gaps of one sign
  bool touching = false;
  for (const Gap& gap : gaps(a, b)) {
    if (!gap.has_sign()) {
      touching = true;
      continue;
    }
    const bool opposite = !run.empty() && (run.back().distance > 0) != (gap.distance > 0);
    if (opposite) {
      add(root(a, b, run.back(), gap, tolerance), found);
    } else if (touching) {
      add(meeting(a, b, run), found);
    }
    if (opposite || touching) {
      run.clear();
    }
    touching = false;
    run.push_back(gap);
  }
  if (touching || a.line->points.back().second != b.line->points.back().second) {
    add(meeting(a, b, run), found);
  }
}

}  // namespace

std::vector<LineCrossing> line_crossings(const std::vector<TracedLine>& lines, double tolerance) {
  std::vector<LineCrossing> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = i + 1; j < lines.size(); ++j) {
      look_at(lines[i], lines[j], tolerance, found);
    }
  }
  return found;
}

}  // namespace sgdflux::continuation
