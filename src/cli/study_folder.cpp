#include "study_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <sstream>

#include "checkpoints.hpp"
#include "continue_settings.hpp"
#include "report.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/files.hpp"
#include "sgdflux/io/provenance.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "study_run.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::map<std::string, std::string>;
namespace fs = std::filesystem;

constexpr int major_version = 1;

/// A study may be extended or refined: what is asked of it besides its identity.
const std::vector<std::string> asked_keys{"continue.to",       "continue.step", "continue.min_step",
                                          "continue.max_step", "continue.stop", "continue.change"};

std::string numbered(int number) {
  std::ostringstream name;
  name << std::setw(4) << std::setfill('0') << number;
  return name.str();
}

Texts asked(const core::Settings& settings) {
  Texts texts;
  for (const std::string& key : asked_keys) {
    texts[key] = settings.text(key, "");
  }
  return texts;
}

Texts lines_asked(const core::Settings& settings) {
  Texts texts;
  for (const std::string& name : settings.keys("lines")) {
    texts[name] = settings.text("lines." + name, "");
  }
  return texts;
}

/// What the numbers depend on: model, mesh, scheme, formulas, parameter, first value, events.
Texts identity_of(const core::Settings& settings) {
  static const std::vector<std::string> others{"continue.restart", "continue.densities"};
  Texts texts;
  for (const auto& [key, value] : identity(settings, "continue")) {
    const auto among = [&key = key](const std::vector<std::string>& keys) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    if (!among(asked_keys) && !among(others) && key != settings.text("continue.parameter", "")) {
      texts[key] = value;
    }
  }
  return texts;
}

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

std::string program_version() { return io::provenance({}).at("versions").at("sgdflux").get<std::string>(); }

void require_same(const core::Settings& settings, const Texts& here, const Texts& there, const std::string& file) {
  Texts all = here;
  all.insert(there.begin(), there.end());
  for (const auto& [key, unused] : all) {
    const auto value = [&key = key](const Texts& texts) {
      const auto found = texts.find(key);
      return found == texts.end() ? std::string("(not given)") : found->second;
    };
    if (value(here) != value(there)) {
      throw core::SettingsError("output.dir = " + settings.text("output.dir", "") + ": " + file +
                                " is of another study, with " + key + " = " + value(there) + " there and " +
                                value(here) + " here; choose another folder, or continue.restart = off");
    }
  }
}

Json state_json(const core::Settings& settings, const continuation::Branch& branch) {
  Json state{
      {"format", "sgdflux-study"},
      {"format_version", {major_version, 0}},
      {"program", program_version()},
      {"identity", identity_of(settings)},
      {"asked", asked(settings)},
      {"ended", branch.ended},
      {"next_step", branch.next_step},
      {"mesh", {{"axes", mesh_lines(branch.mesh.axes)}, {"error", branch.mesh.error}, {"fits", branch.mesh.fits}}},
      {"solves", {branch.solves.cold, branch.solves.warm, branch.solves.iterations}}};
  return state;
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

Json event_json(const continuation::Event& event) {
  return {{"kind", event.kind},
          {"subject", event.subject},
          {"value", number_json(event.value)},
          {"error", number_json(event.error)},
          {"what", event.what}};
}

StudyFolder::StudyFolder(MPI_Comm comm, const core::Settings& settings, OutputDirectory& directory)
    : comm_(comm), settings_(settings), directory_(directory) {}

void StudyFolder::read(const std::string& text, continuation::Branch& branch) {
  const std::string file = (fs::path(directory_.path()) / "study.json").string();
  Json state;
  try {
    state = Json::parse(text);
    if (state.at("format") != "sgdflux-study" || state.at("format_version").at(0) != major_version ||
        state.at("program") != program_version()) {
      throw core::FileError("file " + file + " is of another version of sgdflux: choose another folder, or " +
                            "continue.restart = off");
    }
    require_same(settings_, identity_of(settings_), state.at("identity").get<Texts>(), file);
    for (const Json& record : state.at("points")) {
      branch.points.push_back(point_of(record));
      records_[branch.points.back().number] = record;
    }
    for (const Json& event : state.at("events")) {
      branch.events.push_back(event_of(event));
    }
    branch.mesh = {parsed_mesh(state.at("mesh").at("axes")), state.at("mesh").at("error").get<double>(),
                   state.at("mesh").at("fits").get<bool>()};
    branch.next_step = state.at("next_step").get<double>();
    branch.ended = state.at("ended").get<std::string>();
    branch.solves = {state.at("solves").at(0).get<int>(), state.at("solves").at(1).get<int>(),
                     state.at("solves").at(2).get<int>()};
  } catch (const Json::exception& error) {
    throw core::FileError("file " + file + " is damaged or no study: " + error.what());
  }
  finished_ = !branch.ended.empty() && state.at("asked").get<Texts>() == asked(settings_);
  if (finished_ && state.contains("lines") && state.at("lines_asked").get<Texts>() == lines_asked(settings_)) {
    lines_ = state.at("lines");
  }
}

continuation::Branch StudyFolder::load() {
  const std::string mode = settings_.choice("continue.restart", "auto", {"auto", "on", "off"});
  const fs::path file = fs::path(directory_.path()) / "study.json";
  continuation::Branch branch;
  la::guard(comm_, [&] {
    const bool exists = fs::exists(file);
    if (!exists && mode == "on") {
      throw core::FileError("file " + file.string() + " does not exist, and continue.restart = on needs it");
    }
    if (exists && mode != "off") {
      read(io::read_text(file.string()), branch);
      require_direction(branch);
    } else if (la::rank(comm_) == 0) {
      fs::remove(file);
      fs::remove_all(fs::path(directory_.path()) / "points");
    }
  });
  found_ = branch.points.size();
  return branch;
}

void StudyFolder::require_direction(const continuation::Branch& branch) const {
  if (branch.points.size() < 2) {
    return;
  }
  const double before = branch.points.back().parameter - branch.points.front().parameter;
  if (before * (settings_.real("continue.to", 0) - settings_.real("continue.from", 0)) < 0) {
    fail_setting(settings_, "continue.to", "the study in output.dir runs the other way");
  }
}

void StudyFolder::write_density(const continuation::Point& accepted) {
  const fs::path folder = fs::path(directory_.path()) / "points";
  la::guard(comm_, [&] {
    if (la::rank(comm_) == 0) {
      io::prepare_directory(folder.string());
    }
  });
  const core::Settings own = with_parameter(settings_, settings_.text("continue.parameter", ""), accepted.parameter);
  write_answer_fields(comm_, accepted.answer, own, (folder / numbered(accepted.number)).string());
}

void StudyFolder::save(const continuation::Branch& so_far, const continuation::Point& accepted) {
  Json record = point_json(accepted);
  if (settings_.flag("continue.densities", true) && !accepted.answer.fields.empty()) {
    write_density(accepted);
    record["fields"] = "points/" + numbered(accepted.number) + ".h5";
  }
  records_[accepted.number] = std::move(record);
  save(so_far);
}

void StudyFolder::save(const continuation::Branch& branch) {
  la::guard(comm_, [&] {
    if (la::rank(comm_) == 0) {
      Json state = state_json(settings_, branch);
      state["points"] = records(branch);
      state["events"] = Json::array();
      for (const continuation::Event& event : branch.events) {
        state["events"].push_back(event_json(event));
      }
      if (!lines_.is_null()) {
        state["lines_asked"] = lines_asked(settings_);
        state["lines"] = lines_;
      }
      io::write_text((fs::path(directory_.path()) / "study.json").string(), io::to_text(state));
    }
  });
  directory_.keep();
}

void StudyFolder::save_lines(const continuation::Branch& ended, Json traced) {
  lines_ = std::move(traced);
  save(ended);
}

Json StudyFolder::records(const continuation::Branch& branch) const {
  Json list = Json::array();
  for (const continuation::Point& point : branch.points) {
    list.push_back(records_.at(point.number));
  }
  return list;
}

Json StudyFolder::points(const continuation::Branch& branch) const {
  Json list = records(branch);
  for (Json& point : list) {
    for (const char* kept_for_restarts : {"axes", "scheme", "audit", "number"}) {
      point.erase(kept_for_restarts);
    }
  }
  return list;
}

const Json& StudyFolder::last(const continuation::Branch& branch) const {
  return records_.at(branch.points.back().number);
}

}  // namespace sgdflux::cli
