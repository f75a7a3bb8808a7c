#include "branch_json.hpp"

#include "report.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Json mesh_lines(const std::vector<mesh::AxisSpec>& axes) {
  Json lines = Json::array();
  for (const mesh::AxisSpec& axis : axes) {
    lines.push_back({axis.name, axis.to_string()});
  }
  return lines;
}

std::vector<mesh::AxisSpec> parsed_mesh(const Json& lines) {
  std::vector<mesh::AxisSpec> axes;
  for (const Json& line : lines) {
    axes.push_back(mesh::parse_axis(line.at(0).get<std::string>(), line.at(1).get<std::string>(), {}));
  }
  return axes;
}

study::Verdict verdict_of(const std::string& text) {
  for (const study::Verdict verdict :
       {study::Verdict::converged, study::Verdict::not_converged, study::Verdict::no_stationary_density}) {
    if (study::to_string(verdict) == text) {
      return verdict;
    }
  }
  return study::Verdict::several_ergodic_components;
}

Json eigenvalue_json(const continuation::Tracked& tracked) {
  const study::Eigenvalue& value = tracked.eigenvalue;
  return {{"branch", tracked.branch},
          {"re", number_json(value.value.real())},
          {"im", number_json(value.value.imag())},
          {"error", number_json(value.error)},
          {"residual", number_json(value.residual)},
          {"condition", number_json(value.condition)},
          {"frequency", number_json(value.frequency())},
          {"quality", number_json(value.quality())},
          {"overlap", number_json(tracked.overlap)}};
}

continuation::Tracked tracked_of(const Json& json) {
  continuation::Tracked tracked;
  tracked.branch = json.at("branch").get<int>();
  tracked.eigenvalue.value = {json.at("re").get<double>(), json.at("im").get<double>()};
  return tracked;
}

/// What a branch that goes on needs of a point.
continuation::Point point_of(const Json& record) {
  continuation::Point point;
  point.parameter = record.at("parameter").get<double>();
  point.number = record.at("number").get<int>();
  point.answer.verdict = verdict_of(record.at("verdict").get<std::string>());
  point.answer.reason = record.value("reason", "");
  point.answer.mesh = parsed_mesh(record.at("axes"));
  for (const Json& one : record.at("eigenvalues")) {
    point.eigenvalues.push_back(tracked_of(one));
  }
  return point;
}

continuation::Event event_of(const Json& json) {
  return {json.at("kind").get<std::string>(), json.at("subject").get<std::string>(), json.at("value").get<double>(),
          json.at("error").get<double>(), json.at("what").get<std::string>()};
}

}  // namespace

Json point_json(const continuation::Point& point) {
  const study::StationaryAnswer& answer = point.answer;
  Json json{{"parameter", point.parameter}, {"number", point.number}, {"verdict", study::to_string(answer.verdict)}};
  if (!answer.reason.empty()) {
    json["reason"] = answer.reason;
  }
  json["observables"] = estimates_json(answer.observables);
  Json current = has_density(answer) ? estimates_json(answer.current.quantities) : Json::object();
  json["observables"].update(current);
  if (!answer.sensitivities.empty()) {
    json["sensitivities"] = estimates_json(answer.sensitivities.begin()->second);
  }
  json["eigenvalues"] = Json::array();
  for (const continuation::Tracked& tracked : point.eigenvalues) {
    json["eigenvalues"].push_back(eigenvalue_json(tracked));
  }
  json["axes"] = mesh_lines(answer.mesh);
  json["mesh"] = mesh_json(answer.mesh);
  json["scheme"] = {{"flux", answer.flux}, {"why", answer.why}, {"damping", answer.damping}, {"solver", answer.solver}};
  json["audit"] = audit_json(answer);
  return json;
}

Json events_json(const continuation::Branch& branch) {
  Json list = Json::array();
  for (const continuation::Event& event : branch.events) {
    list.push_back({{"kind", event.kind},
                    {"subject", event.subject},
                    {"value", number_json(event.value)},
                    {"error", number_json(event.error)},
                    {"what", event.what}});
  }
  return list;
}

Json progress_json(const continuation::Branch& branch) {
  const continuation::SettledMesh& mesh = branch.mesh;
  const study::WarmStart::Count& solves = branch.solves;
  return {{"ended", branch.ended},
          {"next_step", branch.next_step},
          {"mesh", {{"axes", mesh_lines(mesh.axes)}, {"error", mesh.error}, {"fits", mesh.fits}}},
          {"solves", {solves.cold, solves.warm, solves.iterations}}};
}

continuation::Branch branch_of(const Json& state) {
  continuation::Branch branch;
  for (const Json& record : state.at("points")) {
    branch.points.push_back(point_of(record));
  }
  for (const Json& event : state.at("events")) {
    branch.events.push_back(event_of(event));
  }
  const Json& mesh = state.at("mesh");
  branch.mesh = {parsed_mesh(mesh.at("axes")), mesh.at("error").get<double>(), mesh.at("fits").get<bool>()};
  branch.next_step = state.at("next_step").get<double>();
  branch.ended = state.at("ended").get<std::string>();
  const Json& solves = state.at("solves");
  branch.solves = {solves.at(0).get<int>(), solves.at(1).get<int>(), solves.at(2).get<int>()};
  return branch;
}

}  // namespace sgdflux::cli
