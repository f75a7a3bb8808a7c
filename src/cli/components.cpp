#include "components.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "report.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Json component_json(const study::Component& component) {
  Json json{{"where", component.where}, {"weight", estimate_json(component.weight)}};
  json["mesh"] = mesh_json(component.mesh);
  json["observables"] = estimates_json(component.observables);
  if (!component.reason.empty()) {
    json["reason"] = component.reason;
  }
  return json;
}

Json point_json(const study::Atom& point) {
  return {{"where", point.where},
          {"weight", estimate_json(point.weight)},
          {"attracts", point.attracts ? Json(*point.attracts) : Json(nullptr)}};
}

/// "0.25 ± 1e-09", or "-".
std::string cell(const core::Estimate& estimate) {
  const std::vector<std::string> parts = estimate_cells(estimate);
  return estimate.value ? parts[0] + " " + parts[1] : "-";
}

/// Names that any component has a number for.
std::vector<std::string> names_of(const std::vector<study::Component>& components) {
  std::map<std::string, bool> found;
  for (const study::Component& component : components) {
    for (const auto& [name, estimate] : component.observables) {
      found[name] = found[name] || estimate.value.has_value();
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, any] : found) {
    if (any) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string point_line(const study::Atom& point) {
  return "point " + point.where + ": " + (point.weight.value ? "weight " + cell(point.weight) + ", " : "") +
         (!point.attracts   ? "paths there stay"
          : *point.attracts ? "mass ends there"
                            : "mass beside it leaves");
}

}  // namespace

void add_components(Json& report, const study::StationaryAnswer& answer) {
  if (answer.components.empty() && answer.points.empty()) {
    return;
  }
  report["components"] = Json::array();
  for (const study::Component& component : answer.components) {
    report["components"].push_back(component_json(component));
  }
  report["points"] = Json::array();
  for (const study::Atom& point : answer.points) {
    report["points"].push_back(point_json(point));
  }
}

void write_components(const study::StationaryAnswer& answer, OutputDirectory& directory) {
  for (std::size_t k = 0; k < answer.components.size() && answer.components.size() > 1; ++k) {
    const std::vector<study::Array>& profiles = answer.components[k].profiles;
    if (profiles.size() >= 2) {  // the variable itself comes first
      directory.write_csv("component." + std::to_string(k + 1) + ".csv",
                          {answer.components[k].mesh.front().name, "density"},
                          {profiles[0].values, profiles[1].values});
    }
  }
}

std::vector<std::string> component_lines(const study::StationaryAnswer& answer) {
  std::vector<std::string> lines;
  if (answer.components.size() > 1 || (!answer.components.empty() && !has_density(answer))) {
    std::vector<std::vector<std::string>> rows{{"component"}, {"weight"}};
    const std::vector<std::string> names = names_of(answer.components);
    for (const std::string& name : names) {
      rows.push_back({name});
    }
    for (const study::Component& component : answer.components) {
      rows[0].push_back(component.where);
      rows[1].push_back(cell(component.weight));
      for (std::size_t k = 0; k < names.size(); ++k) {
        const auto value = component.observables.find(names[k]);
        rows[k + 2].push_back(value == component.observables.end() ? "-" : cell(value->second));
      }
    }
    lines = lines_of(aligned(rows));
  }
  for (const study::Component& component : answer.components) {
    if (!component.reason.empty()) {
      lines.push_back(component.where + ": " + component.reason);
    }
  }
  for (const study::Atom& point : answer.points) {
    lines.push_back(point_line(point));
  }
  return lines;
}

}  // namespace sgdflux::cli
