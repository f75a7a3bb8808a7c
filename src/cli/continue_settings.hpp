#pragma once
/// [continue]: which parameter, how far, which events.
#include "problem.hpp"
#include "sgdflux/continuation/branch.hpp"

namespace sgdflux::cli {

/// The settings with the parameter `key` set to a value.
[[nodiscard]] core::Settings with_parameter(const core::Settings& settings, const std::string& key, double value,
                                            const std::string& origin = "");

/// The family that `section`.parameter runs through: a number of [model], or a constant of [parameters]. @throws
/// SettingsError for a key that is missing, unknown, no number or an integer.
[[nodiscard]] continuation::Family read_family(const core::Settings& settings, const std::string& section);

/// The options of [continue], validated. @throws SettingsError.
[[nodiscard]] continuation::Options read_continue(const core::Settings& settings);

/// Settings in which the parameter of the section has its first value, so that models that need it can be made.
/// @throws SettingsError as read_family, except for unknown numbers of [model].
[[nodiscard]] core::Settings at_start(const core::Settings& settings, const std::string& section);

}  // namespace sgdflux::cli
