#include "values_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* no_number = "the computation gave no finite number";

}  // namespace

Json number_json(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json numbers_json(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) {
    json.push_back(number_json(value));
  }
  return json;
}

Json numbers_json(const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) {
    json[name] = number_json(value);
  }
  return json;
}

Json estimate_json(const core::Estimate& estimate) {
  Json json{{"value", number_json(estimate.value)}, {"error", number_json(estimate.error)}};
  if (!estimate.reason.empty()) {
    json["reason"] = estimate.reason;
  } else if (json["value"].is_null() || json["error"].is_null()) {
    json = {{"value", nullptr}, {"error", nullptr}, {"reason", no_number}};
  }
  return json;
}

Json estimates_json(const std::map<std::string, core::Estimate>& estimates) {
  Json json = Json::object();
  for (const auto& [name, estimate] : estimates) {
    json[name] = estimate_json(estimate);
  }
  return json;
}

Json series_json(const study::Series& series) {
  Json json{{"value", numbers_json(series.values)}, {"error", numbers_json(series.errors)}};
  bool gaps = false;
  for (std::size_t i = 0; i < series.values.size() && i < series.errors.size(); ++i) {
    if (json["value"][i].is_null() || json["error"][i].is_null()) {
      json["value"][i] = nullptr;
      json["error"][i] = nullptr;
      gaps = true;
    }
  }
  if (gaps || !series.reason.empty()) {
    json["reason"] = series.reason.empty() ? no_number : series.reason;
  }
  return json;
}

Json number_or_text(const std::string& text) {
  const Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_number() ? parsed : Json(text);
}

}  // namespace sgdflux::cli
