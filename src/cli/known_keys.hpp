#pragma once
/// The one table of settings that do not belong to a model, and what to say of others.
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

struct KeyInfo {
  std::string key;       ///< in full
  std::string standard;  ///< default as text; empty: none
  std::string meaning;   ///< one line
};

/// Every fixed key, section by section. [model] and [mesh] depend on the model, [parameters] and [observe] on the user.
[[nodiscard]] const std::vector<KeyInfo>& known_keys();

/// Fills in the defaults of `section`.
void complete(core::Settings& settings, const std::string& section);

/// @throws SettingsError for the first setting of an unknown section or key, naming the nearest key and the origin.
/// Keys of [model] and [mesh] are left to the model; [sweep] is checked for the keys it varies.
void reject_unknown_keys(const core::Settings& settings);

/// Message for an unknown option "--typed", which may be a key without its section.
[[nodiscard]] std::string unknown_option(const std::string& typed);

}  // namespace sgdflux::cli
