#pragma once
/// Models from lines of [model], for tests of the base library (no MPI).
#include <map>
#include <memory>
#include <string>

#include "sgdflux/model/registry.hpp"

namespace sgdflux::theory {

inline std::unique_ptr<model::Sde> make(const std::map<std::string, std::string>& values) {
  core::Settings settings;
  for (const auto& [key, value] : values) {
    settings.set("model." + key, value, "test");
  }
  return model::make(settings);
}

}  // namespace sgdflux::theory
