#pragma once
/// Errors of settings with the place where they were written.
#include <string>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/settings.hpp"

namespace sgdflux::cli {

/// "run.ini:12: " or "" for a key that nobody wrote.
[[nodiscard]] inline std::string origin_of(const core::Settings& settings, const std::string& key) {
  const core::Setting* setting = settings.find(key);
  return setting == nullptr || setting->origin.empty() ? "" : setting->origin + ": ";
}

/// @throws SettingsError "run.ini:12: key = value: why".
[[noreturn]] inline void fail_setting(const core::Settings& settings, const std::string& key, const std::string& why) {
  throw core::SettingsError(origin_of(settings, key) + key + " = " + settings.text(key, "") + ": " + why);
}

/// @throws SettingsError "key is missing: what" unless it is there.
inline void require_setting(const core::Settings& settings, const std::string& key, const std::string& what) {
  if (!settings.has(key)) {
    throw core::SettingsError(key + " is missing: " + what);
  }
}

/// Errors of readers that see only the text of a setting get the place where it was written, and `prefix` (section or
/// key) if they lack it.
template <class Work>
auto at_origin(const core::Settings& settings, const std::string& key, const std::string& prefix, const Work& work) {
  try {
    return work();
  } catch (const core::SettingsError& error) {
    throw core::SettingsError(origin_of(settings, key) + prefix + error.what());
  }
}

}  // namespace sgdflux::cli
