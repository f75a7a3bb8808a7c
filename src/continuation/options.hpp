#pragma once
/// What the options of a branch ask for.
#include "sgdflux/continuation/branch.hpp"

namespace sgdflux::continuation {

using EventFunctions = std::vector<std::unique_ptr<EventFunction>>;

/// Functions of the kinds and formulas that the options name; `example` is any member. @throws SettingsError.
[[nodiscard]] EventFunctions make_functions(const Options& options, const Member& example);

[[nodiscard]] bool needs_spectrum(const Options& options, const EventFunctions& functions);

/// Whether events of this kind, or of this user's name, were asked for.
[[nodiscard]] bool wanted(const Options& options, const std::string& kind);

/// Whether the branch ends with this event: its kind, or the user's name, is among options.stop.
[[nodiscard]] bool stops(const Options& options, const Event& event);

}  // namespace sgdflux::continuation
