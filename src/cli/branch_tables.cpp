#include "branch_tables.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Names of observables of any point, in the order of the first point that has some.
std::vector<std::string> observable_names(const Json& points) {
  std::vector<std::string> names;
  for (const Json& point : points) {
    for (const auto& [name, value] : point.at("observables").items()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

double number_of(const Json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

/// Columns <name> and <name>.error of `member` of every point.
void add_columns(const Json& points, const std::string& member, const std::string& suffix,
                 std::vector<std::string>& names, std::vector<std::vector<double>>& columns) {
  for (const std::string& name : observable_names(points)) {
    std::vector<double> values;
    std::vector<double> errors;
    for (const Json& point : points) {
      const Json entry = point.contains(member) && point.at(member).contains(name) ? point.at(member).at(name) : Json{};
      values.push_back(entry.is_object() ? number_of(entry.at("value")) : std::numeric_limits<double>::quiet_NaN());
      errors.push_back(entry.is_object() ? number_of(entry.at("error")) : std::numeric_limits<double>::quiet_NaN());
    }
    if (std::any_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) {
      names.insert(names.end(), {name + suffix, name + suffix + ".error"});
      columns.insert(columns.end(), {values, errors});
    }
  }
}

/// What a reader looks for first: own formulas, then means and variances, of derived quantities before variables.
std::vector<std::string> preferred_names(const Json& points, const Json& model, const std::vector<std::string>& own) {
  std::vector<std::string> names = own;
  for (const char* kind : {"mean.", "cov."}) {
    for (const char* member : {"derived", "variables"}) {
      for (const Json& quantity : model.at(member)) {
        const auto name = quantity.get<std::string>();
        names.push_back(kind + name + (kind[0] == 'c' ? "." + name : ""));
      }
    }
  }
  const std::vector<std::string> known = observable_names(points);
  std::erase_if(names,
                [&](const std::string& name) { return std::find(known.begin(), known.end(), name) == known.end(); });
  names.resize(std::min<std::size_t>(names.size(), 4));
  return names;
}

std::vector<std::string> point_row(const Json& point, const std::vector<std::string>& names) {
  std::vector<std::string> row{"  " + digits(number_of(point.at("parameter")), 8)};
  const Json& observables = point.at("observables");
  for (const std::string& name : names) {
    const double value = observables.contains(name) ? number_of(observables.at(name).at("value"))
                                                    : std::numeric_limits<double>::quiet_NaN();
    row.push_back(std::isfinite(value) ? digits(value, 8) : "-");
  }
  return row;
}

}  // namespace

void write_tables(const Json& points, const std::string& parameter, OutputDirectory& directory) {
  std::vector<std::string> names{parameter};
  std::vector<std::vector<double>> columns(1);
  for (const Json& point : points) {
    columns[0].push_back(number_of(point.at("parameter")));
  }
  add_columns(points, "observables", "", names, columns);
  add_columns(points, "sensitivities", ".derivative", names, columns);
  directory.write_csv("branch.csv", names, columns);
}

std::string events_csv(const continuation::Branch& branch) {
  std::string text = "kind,subject,value,error\n";
  for (const continuation::Event& event : branch.events) {
    text += event.kind + "," + event.subject + "," + number_json(event.value).dump() + "," +
            number_json(event.error).dump() + "\n";
  }
  return text;
}

std::vector<std::vector<std::string>> event_rows(const continuation::Branch& branch) {
  std::vector<std::vector<std::string>> rows;
  for (const continuation::Event& event : branch.events) {
    rows.push_back(
        {"  " + event.kind, event.subject, digits(event.value, 12), "± " + digits(event.error, 2), event.what});
  }
  return rows;
}

std::vector<std::vector<std::string>> point_rows(const Json& points, const std::string& parameter, const Json& model,
                                                 const std::vector<std::string>& own) {
  const std::vector<std::string> names = preferred_names(points, model, own);
  std::vector<std::vector<std::string>> rows{{"  " + parameter}};
  rows[0].insert(rows[0].end(), names.begin(), names.end());
  const std::size_t stride = std::max<std::size_t>(1, (points.size() + 10) / 11);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % stride == 0 || i + 1 == points.size()) {
      rows.push_back(point_row(points[i], names));
    }
  }
  return rows;
}

}  // namespace sgdflux::cli
