#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "continuation/event_functions.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double closing = 0.01;     ///< of the widest gap that may be left next to the place where it closes
constexpr double zero_share = 1e-9;  ///< of the largest |λ|: below it an eigenvalue counts as zero
constexpr double near_zero = 10;     ///< times what counts as zero: a gap of this size cannot be followed any further

/// What a spectrum says of the gap.
enum class State {
  open,     ///< the slowest nonzero eigenvalue is known
  none,     ///< there is no stationary density
  zero,     ///< more than one eigenvalue is zero to working precision
  unknown,  ///< not found, or slower modes were found and not believed
};

struct Gap {
  State state = State::unknown;
  double value = 0;       ///< −Re λ₂ where open
  double resolution = 0;  ///< what cannot be told from zero
};

bool absorbs(const study::SpectrumAnswer& answer) {
  return std::any_of(answer.mesh.begin(), answer.mesh.end(), [](const mesh::AxisSpec& axis) {
    return axis.lower == mesh::Boundary::absorbing || axis.upper == mesh::Boundary::absorbing;
  });
}

/// Slower modes that were rejected (a continuous spectrum shows as modes that depend on the box) leave the gap open.
bool doubtful(const study::SpectrumAnswer& answer) {
  const double slowest = answer.eigenvalues[1].value.real();
  return std::any_of(answer.rejected.begin(), answer.rejected.end(),
                     [&](const study::RejectedMode& mode) { return mode.value.real() > slowest; });
}

Gap gap_of(const study::SpectrumAnswer& answer) {
  Gap gap;
  if (answer.verdict == study::Verdict::no_stationary_density) {
    gap.state = State::none;
  } else if (answer.verdict == study::Verdict::several_ergodic_components) {
    gap.state = State::zero;
  } else if (answer.eigenvalues.size() > 1 && !doubtful(answer) && answer.eigenvalues[1].value.real() < 0) {
    gap.state = State::open;
    gap.value = -answer.eigenvalues[1].value.real();
    gap.resolution = answer.eigenvalues[1].error;
    for (const study::Eigenvalue& one : answer.eigenvalues) {
      gap.resolution = std::max(gap.resolution, zero_share * std::abs(one.value));
    }
  }
  return gap;
}

double side(const Gap& gap) {
  const bool known = gap.state != State::unknown;
  return known ? (gap.state == State::open ? 1 : -1) : std::numeric_limits<double>::quiet_NaN();
}

std::string three_digits(double value) {
  char text[32];
  static_cast<void>(std::snprintf(text, sizeof text, "%.3g", value));
  return text;
}

/// What was seen while an event is being located.
class Record {
 public:
  double look(Probe& probe) {
    const Gap gap = gap_of(probe.spectrum());
    seen_.emplace_back(probe.parameter(), gap);
    return side(gap);
  }

  /// Whether the gap shrinks towards the place where it was located, or the density merely ends there. To the error it
  /// adds how far a straight line through the gaps seen is from zero there: a gap that becomes small exponentially is
  /// lost in rounding at some place, and zero at none.
  bool confirm(Event& event) const {
    const Seen* near = nearest(event.value, [](const Gap& gap) { return gap.state == State::open; });
    const Seen* beyond =
        nearest(event.value, [](const Gap& gap) { return gap.state == State::none || gap.state == State::zero; });
    if (near == nullptr || beyond == nullptr) {
      return false;
    }
    const Gap& last = near->second;
    const Seen* before = nearest(event.value, [&](const Gap& gap) { return gap.value >= near_zero * last.value; });
    const double widest = std::max_element(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
                            return a.second.value < b.second.value;
                          })->second.value;
    if (before == nullptr || last.value > std::max(closing * widest, near_zero * last.resolution)) {
      return false;
    }
    const double slope = (before->second.value - last.value) / (before->first - near->first);
    event.error += std::abs(near->first - last.value / slope - event.value);
    event.what += "; the gap falls from " + three_digits(widest) + " to " + three_digits(last.value) + " next to it";
    return true;
  }

 private:
  using Seen = std::pair<double, Gap>;  ///< parameter, what was found

  template <class Fits>
  [[nodiscard]] const Seen* nearest(double parameter, const Fits& fits) const {
    const Seen* best = nullptr;
    for (const Seen& one : seen_) {
      if (fits(one.second) &&
          (best == nullptr || std::abs(one.first - parameter) < std::abs(best->first - parameter))) {
        best = &one;
      }
    }
    return best;
  }

  std::vector<Seen> seen_;
};

std::string in_words(const study::SpectrumAnswer& closed, bool opens) {
  const std::string there = closed.verdict == study::Verdict::no_stationary_density
                                ? "the slowest nonzero eigenvalue reaches zero where the stationary density ends"
                                : "the slowest nonzero eigenvalue is zero to working precision (several components, or "
                                  "an exponentially slow exchange)";
  return there + (opens ? "; from here on there is a gap" : "; from here on there is none");
}

class GapCloses final : public EventFunction {
 public:
  [[nodiscard]] bool needs_spectrum() const override { return true; }

  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    const auto record = std::make_shared<Record>();
    const double here = record->look(a);
    const double there = record->look(b);
    if (!(here * there < 0) || absorbs(a.spectrum()) || absorbs(b.spectrum())) {
      return {};
    }
    Probe& closed = here < 0 ? a : b;
    return {{"gap-closes", "", in_words(closed.spectrum(), here < 0),
             [record](Probe& probe) { return record->look(probe); }, true, 0,
             [record](Event& event) { return record->confirm(event); }}};
  }
};

}  // namespace

std::unique_ptr<EventFunction> gap_closes_event() { return std::make_unique<GapCloses>(); }

}  // namespace sgdflux::continuation
