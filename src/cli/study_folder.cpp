#include "study_folder.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <sstream>

#include "branch_json.hpp"
#include "checkpoints.hpp"
#include "continue_settings.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/files.hpp"
#include "sgdflux/io/provenance.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "study_run.hpp"
#include "summary.hpp"

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

/// What the numbers depend on: model, mesh, scheme, formulas, parameter, first value, events, options of PETSc.
Texts identity_of(const core::Settings& settings, const std::string& petsc) {
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
  if (!petsc.empty()) {
    texts["PETSc options"] = petsc;
  }
  return texts;
}

/// Numbers of another program must not go out under the name of this one.
std::string program() {
  const Json provenance = io::provenance({});
  return provenance.at("versions").at("sgdflux").get<std::string>() + " of commit " +
         provenance.at("commit").get<std::string>();
}

void require_program(const Json& state, const std::string& file) {
  const int format = state.at("format_version").at(0).get<int>();
  const auto there = state.at("program").get<std::string>();
  if (state.at("format") != "sgdflux-study" || format != major_version || there != program()) {
    throw core::FileError("file " + file + " is of another version of sgdflux, " + there + " with format " +
                          std::to_string(format) + " and not " + program() + " with format " +
                          std::to_string(major_version) + ": choose another folder, or continue.restart = off");
  }
}

void require_same(const core::Settings& settings, const Texts& here, const Texts& there, const std::string& file) {
  const auto value = [](const Texts& texts, const std::string& key) {
    const auto found = texts.find(key);
    return found == texts.end() ? std::string("(not given)") : found->second;
  };
  std::vector<std::string> keys{"model.name"};  // another model differs in many ways, but that is why
  for (const Texts* texts : {&here, &there}) {
    for (const auto& [key, unused] : *texts) {
      keys.push_back(key);
    }
  }
  for (const std::string& key : keys) {
    if (value(here, key) != value(there, key)) {
      throw core::SettingsError("output.dir = " + settings.text("output.dir", "") + ": " + file +
                                " is of another study, with " + key + " = " + value(there, key) + " there and " +
                                value(here, key) + " here; choose another folder, or continue.restart = off");
    }
  }
}

/// Whatever goes wrong while the content of a file is read is the file's fault.
template <class Work>
auto reading(const std::string& file, const Work& work) {
  const std::string what = "file " + file + " is damaged or no study: ";
  try {
    return work();
  } catch (const Json::exception& error) {
    throw core::FileError(what + error.what());
  } catch (const core::SettingsError& error) {
    throw core::FileError(what + error.what());
  }
}

/// Names of what write_density has written, and nothing else that a user may keep there.
void remove_densities(const fs::path& folder, const Json& points) {
  std::error_code absent;
  for (const Json& point : points) {
    const std::string name = numbered(point.value("number", 0));
    for (const char* extension : {".h5", ".xdmf"}) {
      fs::remove(folder / (name + extension), absent);
    }
  }
  fs::remove(folder, absent);  // unless something else is in it
}

Json state_json(const core::Settings& settings, const Texts& identity, const continuation::Branch& branch) {
  Json state{{"format", "sgdflux-study"},
             {"format_version", {major_version, 0}},
             {"program", program()},
             {"identity", identity},
             {"asked", asked(settings)}};
  state.update(progress_json(branch));
  return state;
}

}  // namespace

StudyFolder::StudyFolder(MPI_Comm comm, const core::Settings& settings, const std::vector<std::string>& command_line,
                         OutputDirectory& directory)
    : comm_(comm),
      settings_(settings),
      identity_(identity_of(settings, petsc_words(command_line))),
      directory_(directory) {}

continuation::Branch StudyFolder::read(const std::string& file) {
  const Json state = reading(file, [&] {
    Json parsed = Json::parse(io::read_text(file));
    require_program(parsed, file);
    return parsed;
  });
  require_same(settings_, identity_, reading(file, [&] { return state.at("identity").get<Texts>(); }), file);
  return reading(file, [&] {
    continuation::Branch branch = branch_of(state);
    for (const Json& record : state.at("points")) {
      records_[record.at("number").get<int>()] = record;
    }
    if (branch.points.empty() || records_.size() != branch.points.size()) {
      throw core::FileError("file " + file + " is damaged or no study: its points have no numbers of their own");
    }
    finished_ = !branch.ended.empty() && state.at("asked").get<Texts>() == asked(settings_);
    if (finished_ && state.contains("lines") && state.at("lines_asked").get<Texts>() == lines_asked(settings_)) {
      lines_ = state.at("lines");
    }
    return branch;
  });
}

/// Begins anew: an old study goes, whatever it holds.
void StudyFolder::discard(const std::string& file) const {
  if (la::rank(comm_) != 0 || !fs::is_regular_file(file)) {
    return;
  }
  const Json state = Json::parse(io::read_text(file), nullptr, false);
  std::error_code busy;
  if (state.is_object() && state.contains("points") && state["points"].is_array()) {
    remove_densities(fs::path(directory_.path()) / "points", state["points"]);
  }
  if (!fs::remove(file, busy)) {
    throw core::FileError("file " + file + " cannot be removed: " + busy.message());
  }
}

continuation::Branch StudyFolder::load() {
  const std::string mode = settings_.choice("continue.restart", "auto", {"auto", "on", "off"});
  const std::string file = (fs::path(directory_.path()) / "study.json").string();
  continuation::Branch branch;
  la::guard(comm_, [&] {
    const bool exists = fs::exists(file);
    if (!exists && mode == "on") {
      throw core::FileError("file " + file + " does not exist, and continue.restart = on needs it");
    }
    if (exists && mode != "off") {
      branch = read(file);
      require_onward(branch);
    } else {
      discard(file);
    }
  });
  found_ = branch.points.size();
  return branch;
}

void StudyFolder::require_onward(const continuation::Branch& branch) const {
  const double last = branch.points.back().parameter;
  const double gone = last - branch.points.front().parameter;
  const double asked_for = settings_.real("continue.to", 0) - settings_.real("continue.from", 0);
  if (gone * asked_for < 0) {
    fail_setting(settings_, "continue.to", "the study in output.dir runs the other way");
  }
  if (std::abs(gone) > std::abs(asked_for)) {
    fail_setting(settings_, "continue.to",
                 "the study in output.dir has come to " + digits(last, 10) +
                     " already; choose a value beyond, or another folder");
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
      Json state = state_json(settings_, identity_, branch);
      state["points"] = records(branch);
      state["events"] = events_json(branch);
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
