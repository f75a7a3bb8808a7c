#pragma once
/// Events along a branch: what they are, and where they happen.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/continuation/probe.hpp"

namespace sgdflux::continuation {

/// Something that happens at one value of the parameter.
struct Event {
  std::string kind;  ///< normalisability, origin-diverges, mode-appears, mode-vanishes, real-to-complex, gap-closes or
                     ///< a user's name
  std::string subject;  ///< the quantity, the pair of branches, … it is about; may be empty
  double value = 0;     ///< of the parameter
  double error = 0;     ///< absolute: bracket, solver, and what a second grid makes of it
  std::string what;     ///< in words
};

/// A function of the parameter that changes sign between two probes.
struct Crossing {
  std::string kind;
  std::string subject;
  std::string what;
  /// Continuous, or ±1 where only a side is known (`sides`); NaN: neither. Collective.
  std::function<double(Probe&)> value;
  bool sides = false;
  double resolution = 0;  ///< values within ± this of zero have no sign: rounding of what they are computed from
  /// Told of the event that was located, whose words it may add to; false: it is none of this kind after all. Empty: it
  /// is. Collective.
  std::function<bool(Event&)> confirm = {};
};

/// Finds one kind of event (or two that mirror each other) between neighbouring points of a branch.
class EventFunction {
 public:
  EventFunction() = default;
  virtual ~EventFunction() = default;
  EventFunction(const EventFunction&) = delete;
  EventFunction& operator=(const EventFunction&) = delete;

  [[nodiscard]] virtual bool needs_spectrum() const { return false; }
  /// What crosses zero as the parameter runs from a to b. Collective; every rank gets the same.
  [[nodiscard]] virtual std::vector<Crossing> between(Probe& a, Probe& b) const = 0;
};

/// The kinds that EventFunctions exist for, in the order of reports (mode-appears and mode-vanishes are one function).
[[nodiscard]] const std::vector<std::string>& event_kinds();

/// Functions of these kinds. @throws SettingsError for an unknown kind, naming the nearest.
[[nodiscard]] std::vector<std::unique_ptr<EventFunction>> make_events(const std::vector<std::string>& kinds);

/// The user's formula of report names: mean.v, cov.v.v, mode.v, net.x, circulation.a.b, entropy_production, names of
/// [observe], constants of [parameters], numbers of the model by name, the parameter itself under its name without
/// section, and, if they are used, gap (−Re λ₂) and frequency (|Im λ₂|). @throws SettingsError for a formula that does
/// not parse or uses a name that `example` does not have, naming key and nearest name.
[[nodiscard]] std::unique_ptr<EventFunction> formula_event(const std::string& name, const std::string& formula,
                                                           const Member& example);

/// Where a crossing happens: root of its function between a and b (TOMS 748; bisection of sides) to `tolerance`
/// (absolute). The error adds to the last bracket how far from there the function on a grid with 0.7 times the cells
/// crosses, and where its values are within its resolution. Collective.
[[nodiscard]] Event locate(const Crossing& crossing, Probe& a, Probe& b, const MakeProbe& make, double tolerance);

}  // namespace sgdflux::continuation
