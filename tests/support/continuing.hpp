#pragma once
/// Families of models over one parameter, and the events between neighbouring probes of them, on one rank.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "numerics.hpp"
#include "sgdflux/continuation/event.hpp"
#include "sgdflux/theory/ziyin_2023.hpp"

namespace sgdflux::test {

/// A family over the setting `parameter`: the other settings by full key, and what is observed by name.
inline continuation::Family make_family(const Lines& settings, const std::string& parameter,
                                        const std::vector<std::string>& axes, const Lines& observed = {}) {
  continuation::Family family;
  family.parameter = parameter;
  family.at = [=](double value) {
    core::Settings all;
    for (const auto& [key, text] : settings) {
      all.set(key, text, "test");
    }
    all.set(parameter, number(value), "test");
    continuation::Member member;
    member.constants = all.constants();
    member.sde = model::make(all);
    for (const auto& [name, scalar] : member.sde->parameters().scalars()) {
      member.constants.emplace(name, scalar);
    }
    member.mesh = make_mesh(*member.sde, axes);
    for (const auto& [name, formula] : observed) {
      member.observables.emplace_back(*member.sde, name, formula, all.constants());
    }
    return member;
  };
  return family;
}

/// The network that learns y = kx + ε, over `parameter`; `more` are further lines.
inline continuation::Family teacher_family(double k, double sigma, Lines more = {},
                                           const std::string& parameter = "model.T",
                                           const std::string& axis = "auto 800") {
  const auto m = theory::DataMoments::linear_teacher(k, sigma);
  more.insert(more.begin(), {{"model.name", "diagonal-network"},
                             {"model.beta1", number(m.beta1)},
                             {"model.beta2", number(m.beta2)},
                             {"model.alpha1", number(m.alpha1)},
                             {"model.alpha2", number(m.alpha2)},
                             {"model.alpha3", number(m.alpha3)}});
  return make_family(more, parameter, {axis});
}

inline continuation::MakeProbe prober(const continuation::Family& family, continuation::Inquiry inquiry = {},
                                      MPI_Comm comm = MPI_COMM_SELF) {
  return [=](double parameter, double cells) {
    continuation::Inquiry own = inquiry;
    own.cells *= cells;
    return std::make_unique<continuation::Probe>(comm, family, parameter, own);
  };
}

/// All events that `functions` see between neighbours of `count` equidistant probes from `from` to `to`, located to
/// 1e−10 of the way, in the direction of the run.
inline std::vector<continuation::Event> scan(const continuation::MakeProbe& make,
                                             const std::vector<std::unique_ptr<continuation::EventFunction>>& functions,
                                             double from, double to, int count = 12) {
  std::vector<continuation::Event> events;
  auto a = make(from, 1);
  for (int k = 1; k < count; ++k) {
    auto b = make(from + (to - from) * k / (count - 1), 1);
    std::vector<continuation::Event> here;
    for (const auto& function : functions) {
      for (const continuation::Crossing& crossing : function->between(*a, *b)) {
        here.push_back(continuation::locate(crossing, *a, *b, make, 1e-10 * std::abs(to - from)));
      }
    }
    std::stable_sort(here.begin(), here.end(),
                     [&](const auto& x, const auto& y) { return to > from ? x.value < y.value : x.value > y.value; });
    events.insert(events.end(), here.begin(), here.end());
    a = std::move(b);
  }
  return events;
}

/// Those of one kind, of one subject if it is given.
inline std::vector<continuation::Event> of_kind(const std::vector<continuation::Event>& events, const std::string& kind,
                                                const std::string& subject = "") {
  std::vector<continuation::Event> result;
  std::copy_if(events.begin(), events.end(), std::back_inserter(result),
               [&](const auto& event) { return event.kind == kind && (subject.empty() || event.subject == subject); });
  return result;
}

}  // namespace sgdflux::test
