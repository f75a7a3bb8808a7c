#include "study_identity.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checkpoints.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/provenance.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int major_version = 1;

/// A study may be extended or refined: what is asked of it besides its identity.
const std::vector<std::string> asked_keys{"continue.to",       "continue.step", "continue.min_step",
                                          "continue.max_step", "continue.stop", "continue.change"};

/// Numbers of another program must not go out under the name of this one.
std::string program() {
  const Json provenance = io::provenance({});
  return provenance.at("versions").at("sgdflux").get<std::string>() + " of commit " +
         provenance.at("commit").get<std::string>();
}

}  // namespace

Texts study_asked(const core::Settings& settings) {
  Texts texts;
  for (const std::string& key : asked_keys) {
    texts[key] = settings.text(key, "");
  }
  return texts;
}

Texts study_lines_asked(const core::Settings& settings) {
  Texts texts;
  for (const std::string& name : settings.keys("lines")) {
    texts[name] = settings.text("lines." + name, "");
  }
  return texts;
}

Texts study_identity(const core::Settings& settings, const std::string& petsc) {
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

void require_same_program(const Json& state, const std::string& file) {
  const int format = state.at("format_version").at(0).get<int>();
  const auto there = state.at("program").get<std::string>();
  if (state.at("format") != "sgdflux-study" || format != major_version || there != program()) {
    throw core::FileError("file " + file + " is of another version of sgdflux, " + there + " with format " +
                          std::to_string(format) + " and not " + program() + " with format " +
                          std::to_string(major_version) + ": choose another folder, or continue.restart = off");
  }
}

void require_same_study(const core::Settings& settings, const Texts& here, const Texts& there,
                        const std::string& file) {
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

Json study_head(const core::Settings& settings, const Texts& identity) {
  return {{"format", "sgdflux-study"},
          {"format_version", {major_version, 0}},
          {"program", program()},
          {"identity", identity},
          {"asked", study_asked(settings)}};
}

}  // namespace sgdflux::cli
