#include "study_folder.hpp"

#include <cmath>
#include <filesystem>
#include <iomanip>
#include <set>
#include <sstream>

#include "branch_json.hpp"
#include "continue_settings.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/files.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "study_identity.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string numbered(int number) {
  std::ostringstream name;
  name << std::setw(4) << std::setfill('0') << number;
  return name.str();
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

void require_numbered(const continuation::Branch& branch, const std::string& file) {
  std::set<int> numbers;
  for (const continuation::Point& point : branch.points) {
    numbers.insert(point.number);
  }
  if (numbers.empty() || numbers.size() != branch.points.size()) {
    throw core::FileError("file " + file + " is damaged or no study: its points have no numbers of their own");
  }
}

/// Names of what write_density has written, and nothing else that a user may keep there.
void remove_densities(const fs::path& folder, const Json& points) {
  std::error_code absent;
  for (const Json& point : points) {
    const std::string name = numbered(point.at("number").get<int>());
    for (const char* extension : {".h5", ".xdmf"}) {
      fs::remove(folder / (name + extension), absent);
    }
  }
  fs::remove(folder, absent);  // unless something else is in it
}

}  // namespace

StudyFolder::StudyFolder(MPI_Comm comm, const core::Settings& settings, const std::vector<std::string>& command_line,
                         OutputDirectory& directory)
    : comm_(comm),
      settings_(settings),
      identity_(study_identity(settings, petsc_words(command_line))),
      directory_(directory) {}

continuation::Branch StudyFolder::read(const std::string& file) {
  const Json state = reading(file, [&] {
    Json parsed = Json::parse(io::read_text(file));
    require_same_program(parsed, file);
    return parsed;
  });
  require_same_study(settings_, identity_, reading(file, [&] { return state.at("identity").get<Texts>(); }), file);
  continuation::Branch branch = reading(file, [&] { return branch_of(state); });
  require_numbered(branch, file);
  require_onward(branch);
  reading(file, [&] {
    finished_ = !branch.ended.empty() && state.at("asked").get<Texts>() == study_asked(settings_);
    const bool same_lines =
        state.contains("lines") && state.at("lines_asked").get<Texts>() == study_lines_asked(settings_);
    lines_ = finished_ && same_lines ? state.at("lines") : Json{};
  });
  for (const Json& record : state.at("points")) {
    records_[record.at("number").get<int>()] = record;
  }
  return branch;
}

/// Begins anew: an old study goes, whatever it holds.
void StudyFolder::discard(const std::string& file) const {
  if (la::rank(comm_) != 0 || !fs::is_regular_file(file)) {
    return;
  }
  std::error_code busy;
  try {
    remove_densities(fs::path(directory_.path()) / "points", Json::parse(io::read_text(file)).at("points"));
  } catch (const Json::exception&) {
    // A damaged file does not say what it has written.
  }
  if (!fs::remove(file, busy)) {
    throw core::FileError("file " + file + " cannot be removed: " + busy.message());
  }
}

/// In a sweep, what is of another study is computed again, and said.
continuation::Branch StudyFolder::read_or_discard(const std::string& file) {
  try {
    return read(file);
  } catch (const core::SettingsError& error) {
    note_ = error.what();
  } catch (const core::FileError& error) {
    note_ = error.what();
  }
  discard(file);
  return {};
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
      branch = mode == "auto" && is_sweep_point(settings_) ? read_or_discard(file) : read(file);
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
  if (settings_.flag("continue.densities", true) && settings_.flag("output.fields", true) &&
      !accepted.answer.fields.empty()) {
    write_density(accepted);
    record["fields"] = "points/" + numbered(accepted.number) + ".h5";
  }
  records_[accepted.number] = std::move(record);
  save(so_far);
}

void StudyFolder::save(const continuation::Branch& branch) {
  la::guard(comm_, [&] {
    if (la::rank(comm_) == 0) {
      Json state = study_head(settings_, identity_);
      state.update(progress_json(branch));
      state["points"] = records(branch);
      state["events"] = events_json(branch);
      if (!lines_.is_null()) {
        state["lines_asked"] = study_lines_asked(settings_);
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
