#pragma once
/// Numbers and estimates as JSON: what is not finite is null.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/core/estimate.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

[[nodiscard]] nlohmann::ordered_json number_json(const std::optional<double>& value);
[[nodiscard]] nlohmann::ordered_json numbers_json(const std::vector<double>& values);
[[nodiscard]] nlohmann::ordered_json numbers_json(const std::map<std::string, double>& values);
/// {value, error[, reason]}
[[nodiscard]] nlohmann::ordered_json estimate_json(const core::Estimate& estimate);
/// {name: {value, error[, reason]}}
[[nodiscard]] nlohmann::ordered_json estimates_json(const std::map<std::string, core::Estimate>& estimates);
/// {value: […], error: […][, reason]}; where a value or its error is not finite both are null.
[[nodiscard]] nlohmann::ordered_json series_json(const study::Series& series);
/// A JSON number when the text is one, else the text.
[[nodiscard]] nlohmann::ordered_json number_or_text(const std::string& text);

}  // namespace sgdflux::cli
