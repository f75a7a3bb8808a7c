#pragma once
/// Numbers with their error, and what has no number.
#include <optional>
#include <string>

namespace sgdflux::core {

/// A reported quantity. `error` is absolute and means |value − truth| ≤ error; without a value
/// (infinite, undefined) both are empty and `reason` says why.
struct Estimate {
  std::optional<double> value;
  std::optional<double> error;
  std::string reason;
};

/// An estimate that has no value, for this reason.
[[nodiscard]] inline Estimate undefined(std::string reason) { return {std::nullopt, std::nullopt, std::move(reason)}; }

}  // namespace sgdflux::core
