#pragma once
/// What a model says of itself.
#include <string>
#include <vector>

#include "sgdflux/core/parameters.hpp"

namespace sgdflux::model {

/// What `models` and `describe` print of a model; the parameter table comes from the code itself.
struct ModelInfo {
  std::string name;
  std::string summary;                 ///< one line
  std::vector<std::string> equations;  ///< the SDE, a line each, Itô
  std::vector<std::string> variables;  ///< "s: ln|v|, v = product of the weights"
  std::vector<std::string> derived;    ///< "v: sign·e^s"
  std::vector<std::string> exact;      ///< known exact results with source and equation number
  std::vector<core::ParameterInfo> parameters;
};

}  // namespace sgdflux::model
