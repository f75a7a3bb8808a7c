#include "sgdflux/continuation/event.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "continuation/event_functions.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::continuation {
namespace {

/// Passes on what is of these kinds.
class OnlyKinds final : public EventFunction {
 public:
  OnlyKinds(std::unique_ptr<EventFunction> all, std::vector<std::string> kinds)
      : all_(std::move(all)), kinds_(std::move(kinds)) {}
  [[nodiscard]] bool needs_spectrum() const override { return all_->needs_spectrum(); }
  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    std::vector<Crossing> found = all_->between(a, b);
    std::erase_if(found, [&](const Crossing& crossing) {
      return std::find(kinds_.begin(), kinds_.end(), crossing.kind) == kinds_.end();
    });
    return found;
  }

 private:
  std::unique_ptr<EventFunction> all_;
  std::vector<std::string> kinds_;
};

struct Factory {
  std::vector<std::string> kinds;
  std::unique_ptr<EventFunction> (*make)();
};

const std::vector<Factory>& factories() {
  static const std::vector<Factory> table{{{"normalisability"}, normalisability_event},
                                          {{"origin-diverges"}, origin_event},
                                          {{"mode-appears", "mode-vanishes"}, mode_event},
                                          {{"real-to-complex"}, real_to_complex_event},
                                          {{"gap-closes"}, gap_closes_event}};
  return table;
}

}  // namespace

const std::vector<std::string>& event_kinds() {
  static const std::vector<std::string> kinds = [] {
    std::vector<std::string> all;
    for (const Factory& factory : factories()) {
      all.insert(all.end(), factory.kinds.begin(), factory.kinds.end());
    }
    return all;
  }();
  return kinds;
}

std::vector<std::unique_ptr<EventFunction>> make_events(const std::vector<std::string>& kinds) {
  for (const std::string& kind : kinds) {
    if (std::find(event_kinds().begin(), event_kinds().end(), kind) == event_kinds().end()) {
      throw core::SettingsError("continue.events: " + core::unknown_name("kind of event", kind, event_kinds()));
    }
  }
  std::vector<std::unique_ptr<EventFunction>> functions;
  for (const Factory& factory : factories()) {
    std::vector<std::string> asked;
    std::copy_if(factory.kinds.begin(), factory.kinds.end(), std::back_inserter(asked),
                 [&](const std::string& kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); });
    if (asked.size() == factory.kinds.size()) {
      functions.push_back(factory.make());
    } else if (!asked.empty()) {
      functions.push_back(std::make_unique<OnlyKinds>(factory.make(), asked));
    }
  }
  return functions;
}

}  // namespace sgdflux::continuation
