#pragma once
/// Arrays of an answer by path.
#include <algorithm>
#include <string>
#include <vector>

#include "sgdflux/study/answer.hpp"

namespace sgdflux::continuation {

/// The values of an array; null when the answer has none of that path.
[[nodiscard]] inline const std::vector<double>* array(const study::Answer& answer, const std::string& path) {
  const auto found =
      std::find_if(answer.arrays.begin(), answer.arrays.end(), [&](const auto& one) { return one.path == path; });
  return found == answer.arrays.end() ? nullptr : &found->values;
}

}  // namespace sgdflux::continuation
