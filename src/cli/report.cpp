#include "report.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "paths.hpp"
#include "sgdflux/io/files.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Json row_json(const Eigen::MatrixXd& matrix, Eigen::Index row) {
  Json json = Json::array();
  for (Eigen::Index column = 0; column < matrix.cols(); ++column) {
    json.push_back(number_json(matrix(row, column)));
  }
  return json;
}

Json matrix_json(const Eigen::MatrixXd& matrix) {
  Json json = Json::array();
  for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
    json.push_back(row_json(matrix, row));
  }
  return json;
}

Json parameter_json(const core::Parameters& parameters, const core::ParameterInfo& info) {
  switch (info.kind) {
    case core::ParameterKind::real:
      return number_json(parameters.real(info.name));
    case core::ParameterKind::integer:
      return parameters.integer(info.name);
    case core::ParameterKind::list:
      return parameters.matrix(info.name).rows() == 0 ? Json::array() : row_json(parameters.matrix(info.name), 0);
    case core::ParameterKind::matrix:
      return matrix_json(parameters.matrix(info.name));
    case core::ParameterKind::text:
      return parameters.text(info.name);
  }
  throw core::InternalError("parameter '" + info.name + "' is of no known kind");
}

Json axis_json(const mesh::AxisSpec& axis) {
  Json json{{"name", axis.name}, {"map", axis.map}};
  json["lower"] = axis.arguments.empty() ? Json(nullptr) : number_json(axis.arguments[0]);
  json["upper"] = axis.arguments.size() < 2 ? Json(nullptr) : number_json(axis.arguments[1]);
  if (axis.arguments.size() > 2) {
    json["shape"] = std::vector<double>(axis.arguments.begin() + 2, axis.arguments.end());
  }
  json["cells"] = axis.cells;
  json["boundaries"] = {mesh::to_string(axis.lower), mesh::to_string(axis.upper)};
  return json;
}

/// Of an answer without a density.
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr study::Audit nothing_audited{nothing, nothing, nothing, nothing, nothing};

Json numbers_of(const study::Audit& audit) {
  return {{"mass_error", number_json(audit.mass_error)},
          {"negative_mass", number_json(audit.negative_mass)},
          {"min_density", number_json(audit.min_density)},
          {"residual", number_json(audit.residual)},
          {"outside_mass", number_json(audit.outside_mass)}};
}

}  // namespace

Json model_json(const model::Sde& sde) {
  Json derived = Json::array();
  for (const model::Derived& quantity : sde.derived()) {
    derived.push_back(quantity.name);
  }
  Json values = Json::object();
  for (const core::ParameterInfo& info : sde.parameters().table()) {
    values[info.name] = sde.parameters().has(info.name) ? parameter_json(sde.parameters(), info) : Json(nullptr);
  }
  return {{"name", sde.name()}, {"variables", sde.variables()}, {"derived", derived}, {"parameters", values}};
}

Json audit_json(const study::Answer& answer) {
  return numbers_of(has_density(answer) ? answer.audit : nothing_audited);
}

Json mesh_json(const std::vector<mesh::AxisSpec>& axes) {
  Json json{{"axes", Json::array()}};
  for (const mesh::AxisSpec& axis : axes) {
    json["axes"].push_back(axis_json(axis));
  }
  return json;
}

bool has_density(const study::Answer& answer) {
  return answer.verdict != study::Verdict::no_stationary_density &&
         answer.verdict != study::Verdict::several_ergodic_components;
}

Json report_head(const std::string& command, const Outcome& outcome) {
  Json report{{"format", "sgdflux-report"},
              {"format_version", {1, 5}},
              {"command", command},
              {"verdict", outcome.verdict},
              {"exit_code", static_cast<int>(outcome.code)}};
  if (!outcome.reason.empty()) {
    report["reason"] = outcome.reason;
  }
  return report;
}

Json read_report(const std::string& file) {
  const Json report = Json::parse(io::read_text(file), nullptr, false);
  if (report.is_discarded() || !report.is_object() || report.value("format", Json()) != "sgdflux-report" ||
      !report.contains("command") || !report.contains("settings") || !report["command"].is_string() ||
      !report["settings"].is_object()) {
    throw core::FileError("'" + file + "' is no sgdflux report");
  }
  return report;
}

Json settings_json(const core::Settings& settings, const std::string& directory) {
  const core::Settings written = written_in(directory, settings);
  Json json = Json::object();
  for (const std::string& section : written.sections()) {
    for (const std::string& key : written.keys(section)) {
      json[section + "." + key] = written.find(section + "." + key)->value;
    }
  }
  return json;
}

namespace {

Json solves_json(const std::vector<study::SolveRecord>& solves) {
  Json list = Json::array();
  for (const study::SolveRecord& one : solves) {
    list.push_back({{"solver", one.solver},
                    {"cells", one.cells},
                    {"iterations", one.iterations},
                    {"seconds", one.seconds},
                    {"bytes", number_json(one.bytes)},
                    {"residual", number_json(one.residual)},
                    {"converged", one.converged}});
    if (!one.reason.empty()) {
      list.back()["reason"] = one.reason;
    }
  }
  return list;
}

}  // namespace

void add_answer(Json& report, const model::Sde& sde, const study::Answer& answer) {
  report["model"] = model_json(sde);
  report["mesh"] = mesh_json(answer.mesh);
  report["scheme"] = {
      {"flux", answer.flux}, {"why", answer.why}, {"damping", number_json(answer.damping)}, {"solver", answer.solver}};
  report["scheme"].update(numbers_json(answer.scheme_numbers));
  if (!answer.solves.empty()) {
    report["solves"] = solves_json(answer.solves);
  }
  report["audit"] = audit_json(answer);
  report["observables"] = estimates_json(answer.observables);
}

void finish_report(Json& report, const std::map<std::string, double>& seconds, const io::RunInfo& info) {
  report["ranks"] = info.ranks;
  report["seconds"] = numbers_json(seconds);
  report["provenance"] = io::provenance(info);
}

}  // namespace sgdflux::cli
