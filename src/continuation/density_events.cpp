/// Events that the coefficients of a model in one variable decide: where its density exists, where it is infinite.
#include <algorithm>
#include <limits>
#include <optional>

#include "continuation/crossing.hpp"
#include "continuation/event_functions.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Margins and exponents beyond are as good as this, so that finders of roots see numbers of one size.
constexpr double largest = 1e3;

bool truncated(const Member& member, bool upper) {
  return (upper ? member.mesh[0].upper : member.mesh[0].lower) == mesh::Boundary::truncated;
}

/// The truncated end that is nearest to letting mass out, or does.
struct WeakestEnd {
  double margin = std::numeric_limits<double>::infinity();
  std::string where;
  bool reached = false;  ///< it is being reached in finite time that decides, not integrability
};

void weigh(const theory::End& end, WeakestEnd& weakest) {
  const double margin = std::min(end.margin, end.reach_margin);
  if (margin < weakest.margin) {
    weakest = {margin, end.where, end.reach_margin < end.margin && end.margin > 0};
  }
}

/// Empty in several variables, without truncated ends, or where the noise vanishes inside and classification stops.
std::optional<WeakestEnd> weakest_end(const Member& member) {
  if (member.sde->dimension() != 1 || !(truncated(member, false) || truncated(member, true))) {
    return std::nullopt;
  }
  try {
    const theory::Classification ends = theory::classify(*member.sde);
    WeakestEnd weakest;
    if (truncated(member, false)) {
      weigh(ends.lower, weakest);
    }
    if (truncated(member, true)) {
      weigh(ends.upper, weakest);
    }
    weakest.margin = std::clamp(weakest.margin, -largest, largest);
    return weakest;
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

double margin(const Member& member) {
  const auto weakest = weakest_end(member);
  return weakest ? weakest->margin : nan;
}

double side(Probe& probe) {
  return probe.has_density() ? 1 : probe.stationary().verdict == study::Verdict::no_stationary_density ? -1 : nan;
}

class Normalisability final : public EventFunction {
 public:
  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    const auto at_a = weakest_end(a.member());
    const auto at_b = weakest_end(b.member());
    if (at_a && at_b && crosses(at_a->margin, at_b->margin)) {
      return {by_margin(at_a->margin > 0 ? *at_b : *at_a, at_b->margin > 0)};
    }
    if (crosses(side(a), side(b))) {
      return {{"normalisability", "", change(b.has_density()) + ": " + refused(a, b).stationary().reason, side, true}};
    }
    return {};
  }

 private:
  static Probe& refused(Probe& a, Probe& b) { return a.has_density() ? b : a; }
  static std::string change(bool gained) {
    return gained ? "from here on there is a stationary density" : "from here on there is no stationary density";
  }
  static Crossing by_margin(const WeakestEnd& beyond, bool gained) {
    const std::string why = beyond.reached ? beyond.where + " is reached in finite time"
                                           : "the density is not integrable towards " + beyond.where;
    return {"normalisability", "", change(gained) + "; on the other side " + why,
            [](Probe& probe) { return margin(probe.member()); }};
  }
};

std::string name_of(const model::Sde& sde, int which) {
  return which < 0 ? sde.variables()[0] : sde.derived()[static_cast<std::size_t>(which)].name;
}

std::optional<theory::EdgeExponent> edge_exponent(const Member& member, int which, bool upper) {
  try {
    return theory::edge_exponent(*member.sde, which, upper);
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

class OriginDiverges final : public EventFunction {
 public:
  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    std::vector<Crossing> found;
    const Member& member = a.member();
    if (member.sde->dimension() != 1 || !(margin(member) > 0 || margin(b.member()) > 0)) {
      return found;
    }
    for (int which = -1; which < static_cast<int>(member.sde->derived().size()); ++which) {
      for (const bool upper : {false, true}) {
        if (truncated(member, upper)) {
          look_at(a, b, which, upper, found);
        }
      }
    }
    return found;
  }

 private:
  static void look_at(Probe& a, Probe& b, int which, bool upper, std::vector<Crossing>& found) {
    const auto at_a = edge_exponent(a.member(), which, upper);
    const auto at_b = edge_exponent(b.member(), which, upper);
    if (!at_a || !at_b || !crosses(at_a->exponent, at_b->exponent)) {
      return;
    }
    const std::string name = name_of(*a.member().sde, which);
    const std::string what = "from here on the density of " + name +
                             (at_b->exponent > 0 ? " vanishes" : " is infinite") + " at the end of its range";
    found.push_back({"origin-diverges", name, what, [which, upper](Probe& probe) {
                       const auto law = edge_exponent(probe.member(), which, upper);
                       return law ? std::clamp(law->exponent, -largest, largest) : nan;
                     }});
  }
};

}  // namespace

std::unique_ptr<EventFunction> normalisability_event() { return std::make_unique<Normalisability>(); }

std::unique_ptr<EventFunction> origin_event() { return std::make_unique<OriginDiverges>(); }

}  // namespace sgdflux::continuation
