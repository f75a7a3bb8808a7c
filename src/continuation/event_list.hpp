#pragma once
/// Events of a branch in their order.
#include <vector>

#include "sgdflux/continuation/event.hpp"

namespace sgdflux::continuation {

/// In the direction (1 or −1) of the run; what happens at one place, within the errors, by kind and subject, so that
/// rounding decides nothing.
void sort_events(std::vector<Event>& events, double direction);

/// Adds those of one step that are not among the known ones: intervals may have been looked at before.
void add_events(const std::vector<Event>& found, double direction, std::vector<Event>& known);

}  // namespace sgdflux::continuation
