#include <algorithm>
#include <cmath>
#include <limits>

#include "continuation/event_functions.hpp"
#include "continuation/overlap.hpp"
#include "sgdflux/continuation/tracking.hpp"

namespace sgdflux::continuation {
namespace {

using Complex = std::complex<double>;

constexpr double same_place = 1e-3;   ///< of the distance between two probes: mergings that are one event
constexpr double exceptional = 0.01;  ///< share of the growth of condition numbers that a merging of vectors shows
constexpr double sure = 0.7;          ///< overlap of a real and a pair that has the other one from elsewhere
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

const study::Eigenvalue& at(const study::SpectrumAnswer& answer, int k) {
  return answer.eigenvalues[static_cast<std::size_t>(k)];
}

/// Two eigenvalues of one spectrum, two reals or the members of a pair. Of two reals the faster one may be beyond those
/// that were looked for.
struct Two {
  int first = -1;
  int second = -1;

  [[nodiscard]] bool found() const { return first >= 0 && second >= 0; }
  [[nodiscard]] bool half() const { return first >= 0 && second < 0; }
};

bool is_real(const study::SpectrumAnswer& answer, int k) { return at(answer, k).value.imag() == 0; }

bool is_pair(const study::SpectrumAnswer& answer, const Two& two) {
  return two.found() && !is_real(answer, two.first) &&
         at(answer, two.first).value == std::conj(at(answer, two.second).value);
}

bool are_real(const study::SpectrumAnswer& answer, const Two& two) {
  return two.first >= 0 && is_real(answer, two.first) && (two.second < 0 || is_real(answer, two.second));
}

Complex centre(const study::SpectrumAnswer& answer, const Two& two) {
  return 0.5 * (at(answer, two.first).value + at(answer, two.second).value);
}

/// ((λ₁ − λ₂)/2)², real for two reals and for a pair: a smooth function where they merge. Where λ₂ is beyond what was
/// looked for, this is more than with the fastest real number that was: what is known of it.
double splitting(const study::SpectrumAnswer& answer, const Two& two) {
  const Complex other = two.half() ? answer.eigenvalues.back().value.real() : at(answer, two.second).value;
  const Complex half = 0.5 * (at(answer, two.first).value - other);
  return (half * half).real();
}

/// Half of the distance is more than the errors allow it to be wrong by.
bool clear(const study::SpectrumAnswer& answer, const Two& two) {
  const double error = at(answer, two.first).error + (two.half() ? 0 : at(answer, two.second).error);
  return std::sqrt(std::abs(splitting(answer, two))) > error;
}

/// Condition times splitting: unchanged to first order next to an exceptional point, while two eigenvalues that only
/// happen to be equal keep their condition.
double alignment(const study::SpectrumAnswer& answer, const Two& two) {
  const double other = two.half() ? 0 : at(answer, two.second).condition;
  return std::max(at(answer, two.first).condition, other) * std::sqrt(std::abs(splitting(answer, two)));
}

/// Two eigenvalues at either end of an interval: real at one, a pair at the other.
struct Merging {
  Two before;
  Two after;
};

bool changes_kind(const study::SpectrumAnswer& a, const study::SpectrumAnswer& b, const Merging& merging) {
  return (are_real(a, merging.before) && is_pair(b, merging.after)) ||
         (is_pair(a, merging.before) && are_real(b, merging.after));
}

/// Whether the eigenvalues really merge, and are not equal for another reason with a splitting that is rounding.
bool believed(const study::SpectrumAnswer& a, const study::SpectrumAnswer& b, const Merging& merging) {
  const bool here = clear(a, merging.before);
  const bool there = clear(b, merging.after);
  if (here && there) {
    return true;
  }
  const double known = here ? alignment(a, merging.before) : alignment(b, merging.after);
  const double doubtful = here ? alignment(b, merging.after) : alignment(a, merging.before);
  return (here || there) && !(doubtful < exceptional * known);
}

/// Both eigenvalues known at both ends, by decay of the first one at `a`.
std::vector<Merging> complete_mergings(const study::SpectrumAnswer& a, const study::SpectrumAnswer& b,
                                       const Match& match) {
  std::vector<Merging> result;
  const int size = static_cast<int>(match.to.size());
  for (int i = 0; i < size; ++i) {
    for (int j = i + 1; j < size; ++j) {
      const Merging one{{i, j}, {match.to[static_cast<std::size_t>(i)], match.to[static_cast<std::size_t>(j)]}};
      if (one.after.found() && changes_kind(a, b, one) && believed(a, b, one)) {
        result.push_back(one);
      }
    }
  }
  return result;
}

/// The pair that eigenvalue k belongs to, or k alone.
Two with_conjugate(const study::SpectrumAnswer& answer, int k) {
  for (const Unit& unit : units(answer)) {
    if (unit.size == 2 && (k == unit.first || k == unit.first + 1)) {
      return {unit.first, unit.first + 1};
    }
  }
  return {k, -1};
}

/// One of the two reals is beyond what was looked for.
std::vector<Merging> half_mergings(const study::SpectrumAnswer& a, const study::SpectrumAnswer& b, const Match& match) {
  std::vector<Merging> result;
  const auto reached = [&](int j) { return std::find(match.to.begin(), match.to.end(), j) != match.to.end(); };
  for (int i = 0; i < static_cast<int>(match.to.size()); ++i) {
    const int j = match.to[static_cast<std::size_t>(i)];
    if (j < 0 || match.overlap[static_cast<std::size_t>(i)] < sure || is_real(a, i) == is_real(b, j)) {
      continue;
    }
    const Merging one{with_conjugate(a, i), with_conjugate(b, j)};
    const bool alone = one.after.half() ? match.to[static_cast<std::size_t>(one.before.second)] < 0
                                        : !(reached(one.after.first) && reached(one.after.second));
    if (alone && believed(a, b, one)) {
      result.push_back(one);
    }
  }
  return result;
}

/// The two of `answer`, two reals or a pair, whose centre and splitting are nearest to these.
Two nearest(const study::SpectrumAnswer& answer, const Complex& middle, double split) {
  Two best;
  double least = std::numeric_limits<double>::infinity();
  const int size = static_cast<int>(answer.eigenvalues.size());
  for (int i = 0; i < size; ++i) {
    for (int j = i + 1; j < size; ++j) {
      const Two two{i, j};
      if (!are_real(answer, two) && !is_pair(answer, two)) {
        continue;
      }
      const double distance = std::norm(centre(answer, two) - middle) + std::abs(splitting(answer, two) - split);
      if (distance < least) {
        least = distance;
        best = two;
      }
    }
  }
  return best;
}

/// One merging between two probes as a function of the parameter.
struct Splitting {
  /// What is smooth where the eigenvalues are not.
  struct Known {
    double parameter;
    Complex centre;
    double splitting;
  };

  Probe& a;
  Probe& b;
  Merging merging;
  std::shared_ptr<std::vector<Known>> known = std::make_shared<std::vector<Known>>();

  double operator()(Probe& probe) const {
    const study::SpectrumAnswer& answer = probe.spectrum();
    const Two two = find(probe, answer);
    if (two.first < 0) {
      return nothing;
    }
    const double value = splitting(answer, two);
    if (two.found()) {
      known->push_back({probe.parameter(), centre(answer, two), value});
    }
    // Two reals are never on the pair's side, not even where they are equal to the last bit.
    return are_real(answer, two) ? std::max(value, std::numeric_limits<double>::min()) : value;
  }

  [[nodiscard]] Two find(Probe& probe, const study::SpectrumAnswer& answer) const {
    if (&probe == &a || &probe == &b) {
      return &probe == &a ? merging.before : merging.after;
    }
    Two best;
    for (const bool first : {merging.before.found(), !merging.before.found()}) {
      Probe& end = first ? a : b;
      if (!same_cells(end.spectrum(), answer)) {
        break;
      }
      const Two two = followed(match(probe.comm(), end.spectrum(), answer), first ? merging.before : merging.after);
      const bool fits = two.first >= 0 && (two.half() || are_real(answer, two) || is_pair(answer, two));
      const Two whole = fits && two.half() ? with_conjugate(answer, two.first) : two;
      if (fits && whole.found()) {
        return whole;
      }
      best = fits ? whole : best;
    }
    return best.half() ? best : predicted(probe.parameter(), answer);
  }

  static Two followed(const Match& match, const Two& two) {
    const int first = match.to[static_cast<std::size_t>(two.first)];
    const int second = two.half() ? -1 : match.to[static_cast<std::size_t>(two.second)];
    return first < 0 ? Two{second, -1} : Two{first, second};
  }

  /// The two that are nearest to what was seen nearest by: on any grid.
  [[nodiscard]] Two predicted(double parameter, const study::SpectrumAnswer& answer) const {
    const auto nearer = [&](const Known& one, const Known& other) {
      return std::abs(one.parameter - parameter) < std::abs(other.parameter - parameter);
    };
    const auto best = std::min_element(known->begin(), known->end(), nearer);
    return best == known->end() ? Two{} : nearest(answer, best->centre, best->splitting);
  }

  /// Where a straight line through the splittings at both ends is zero, as a share of the interval.
  [[nodiscard]] double share() const {
    const double here = splitting(a.spectrum(), merging.before);
    const double there = splitting(b.spectrum(), merging.after);
    return here / (here - there);
  }

  /// By position in the spectrum that has the pair: next to the merging point it is the same on both sides.
  [[nodiscard]] std::string subject() const {
    const Two& pair = is_pair(a.spectrum(), merging.before) ? merging.before : merging.after;
    return std::to_string(pair.first) + "-" + std::to_string(pair.second);
  }
};

std::string in_words(const Splitting& slowest) {
  const bool merge = are_real(slowest.a.spectrum(), slowest.merging.before);
  return std::string(merge ? "two real eigenvalues merge into an oscillating pair"
                           : "an oscillating pair splits into two real eigenvalues") +
         (slowest.a.parameter() < slowest.b.parameter() ? " as the parameter grows" : " as the parameter falls");
}

std::string list_of(const std::vector<std::string>& subjects) {
  std::string text;
  for (const std::string& subject : subjects) {
    text += (text.empty() ? "" : ", ") + subject;
  }
  return text;
}

class RealToComplex final : public EventFunction {
 public:
  [[nodiscard]] bool needs_spectrum() const override { return true; }

  /// One crossing for each place. In models with linear drift every level of eigenvalues merges where the first one
  /// does: only the slowest is looked for, the others are named. Subjects count the eigenvalues of `a` by decay, from
  /// 0.
  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    const Match found = match(a.comm(), a.spectrum(), b.spectrum());
    std::vector<Crossing> result = one_for_each_place(a, b, complete_mergings(a.spectrum(), b.spectrum(), found));
    std::vector<std::string> halves;
    for (const Merging& one : half_mergings(a.spectrum(), b.spectrum(), found)) {
      const Splitting half{a, b, one};
      if (result.empty()) {
        result.push_back({"real-to-complex", half.subject(),
                          in_words(half) + ", one of them beyond the eigenvalues looked for", half});
      } else {
        halves.push_back(half.subject());
      }
    }
    if (!halves.empty()) {
      result[0].what += "; in the same step, not located, the same happens to " + list_of(halves) +
                        " with eigenvalues beyond those looked for";
    }
    return result;
  }

 private:
  static std::vector<Crossing> one_for_each_place(Probe& a, Probe& b, const std::vector<Merging>& mergings) {
    std::vector<Splitting> open;
    for (const Merging& one : mergings) {
      open.push_back({a, b, one});
    }
    std::vector<Crossing> result;
    std::vector<bool> named(open.size(), false);
    for (std::size_t k = 0; k < open.size(); ++k) {
      if (named[k]) {
        continue;
      }
      std::vector<std::string> others;
      for (std::size_t i = k + 1; i < open.size(); ++i) {
        if (!named[i] && std::abs(open[i].share() - open[k].share()) <= same_place) {
          others.push_back(open[i].subject());
          named[i] = true;
        }
      }
      const std::string same = others.empty() ? "" : "; at the same place the same happens to " + list_of(others);
      result.push_back({"real-to-complex", open[k].subject(), in_words(open[k]) + same, open[k]});
    }
    return result;
  }
};

}  // namespace

std::unique_ptr<EventFunction> real_to_complex_event() { return std::make_unique<RealToComplex>(); }

}  // namespace sgdflux::continuation
