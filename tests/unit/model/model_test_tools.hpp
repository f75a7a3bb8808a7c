#pragma once
/// Small tools of the model tests.
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::model {

using Lines = std::initializer_list<std::pair<std::string, std::string>>;

/// A model from lines of section [model]; keys with a dot after "parameters" go to [parameters].
inline core::Settings settings_of(Lines lines) {
  core::Settings settings;
  for (const auto& [key, value] : lines) {
    settings.set(key.starts_with("parameters.") ? key : "model." + key, value, "run.ini:1");
  }
  return settings;
}

inline std::unique_ptr<Sde> make_from(Lines lines) { return make(settings_of(lines)); }

/// The message of the SettingsError that making the model ends in; fails the test when there is none.
inline std::string refusal(Lines lines) {
  try {
    static_cast<void>(make_from(lines));
  } catch (const core::SettingsError& error) {
    return error.what();
  }
  ADD_FAILURE() << "the model was made";
  return {};
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace sgdflux::model
