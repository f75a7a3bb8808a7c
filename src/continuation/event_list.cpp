#include "event_list.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace sgdflux::continuation {
namespace {

bool at_one_place(const Event& a, const Event& b) { return std::abs(a.value - b.value) <= 2 * (a.error + b.error); }

}  // namespace

void sort_events(std::vector<Event>& events, double direction) {
  std::stable_sort(events.begin(), events.end(),
                   [&](const Event& a, const Event& b) { return direction * a.value < direction * b.value; });
  for (auto first = events.begin(); first != events.end();) {
    auto last = first + 1;
    while (last != events.end() && at_one_place(*(last - 1), *last)) {
      ++last;
    }
    std::stable_sort(first, last, [](const Event& a, const Event& b) {
      return std::tie(a.kind, a.subject) < std::tie(b.kind, b.subject);
    });
    first = last;
  }
}

void add_events(const std::vector<Event>& found, double direction, std::vector<Event>& known) {
  const std::vector<Event> before = known;
  for (const Event& event : found) {
    const bool again = std::any_of(before.begin(), before.end(), [&](const Event& other) {
      return other.kind == event.kind && other.subject == event.subject && at_one_place(other, event);
    });
    if (!again) {
      known.push_back(event);
    }
  }
  sort_events(known, direction);
}

}  // namespace sgdflux::continuation
