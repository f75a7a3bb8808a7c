/// Every folder of examples/ is run as its README says and compared with its expected.json.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace sgdflux::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const fs::path source_directory = SGDFLUX_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(source_directory / "examples")) {
    if (entry.is_directory() && entry.path().filename() != "data") {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The entry at a dotted path; keys such as "mean.v" have dots themselves. Null if there is none.
const Json* entry_at(const Json& json, const std::string& path) {
  if (path.empty()) {
    return &json;
  }
  const auto below = [&](const Json& child, const std::string& key) -> const Json* {
    const bool matches = path == key || path.starts_with(key + ".");
    return matches ? entry_at(child, path.substr(std::min(path.size(), key.size() + 1))) : nullptr;
  };
  for (std::size_t i = 0; json.is_array() && i < json.size(); ++i) {
    if (const Json* found = below(json[i], std::to_string(i))) {
      return found;
    }
  }
  for (auto item = json.begin(); json.is_object() && item != json.end(); ++item) {
    if (const Json* found = below(item.value(), item.key())) {
      return found;
    }
  }
  return nullptr;
}

/// Numbers are given as {value, tolerance}; anything else must be equal.
void expect_entry(const Json& report, const std::string& path, const Json& expected) {
  const Json* found = entry_at(report, path);
  ASSERT_NE(found, nullptr) << "the report has no " << path;
  if (!expected.is_object()) {
    EXPECT_EQ(*found, expected) << path;
    return;
  }
  ASSERT_TRUE(found->is_number()) << path << " is " << *found;
  EXPECT_NEAR(found->get<double>(), expected.at("value").get<double>(), expected.at("tolerance").get<double>()) << path;
}

/// The files of an example belong to it; those in runs/ are what an earlier run has left in the sandbox.
std::string words(const std::string& example, const Json& run) {
  std::string text = run.at("command").get<std::string>();
  for (const std::string file : run.at("files")) {
    const fs::path path = source_directory / "examples" / example / file;
    text += " '" + (file.starts_with("runs/") ? file : path.string()) + "'";
  }
  return text;
}

void compare(const Sandbox& sandbox, const std::string& folder, const Json& expect) {
  SCOPED_TRACE(folder);
  const Json report = Json::parse(sandbox.read(folder + "/report.json"));
  for (const auto& [path, expected] : expect.items()) {
    expect_entry(report, path, expected);
  }
}

/// `expect` is about the report of the command, `numbered` about those of the runs of a sweep: 0001, 0002, ...
void run_and_compare(const Sandbox& sandbox, const std::string& example, const Json& run) {
  const std::string command = words(example, run);
  SCOPED_TRACE("sgdflux " + command);
  const Result result = sandbox.run(command);
  ASSERT_EQ(result.exit_code, run.at("exit_code").get<int>()) << result.err;
  const std::string output = run.at("output").get<std::string>();
  compare(sandbox, output, run.at("expect"));
  const Json numbered = run.value("numbered", Json::object());
  for (const auto& [number, expect] : numbered.items()) {
    compare(sandbox, output + "/" + number, expect);
  }
}

std::vector<std::pair<std::string, double>> settings_of(const std::string& ini) {
  std::vector<std::pair<std::string, double>> settings;
  std::istringstream stream(ini);
  for (std::string line; std::getline(stream, line);) {
    const auto equals = line.find(" = ");
    if (equals != std::string::npos && !line.starts_with("#")) {
      settings.emplace_back(line.substr(0, equals), std::stod(line.substr(equals + 3)));
    }
  }
  return settings;
}

/// An example that starts from data carries a copy of what `estimate` finds, so that run.ini works by itself.
void expect_same_model(const std::string& shipped, const std::string& estimated) {
  const auto a = settings_of(shipped);
  const auto b = settings_of(estimated);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_NEAR(a[i].second, b[i].second, 1e-10 * std::abs(a[i].second)) << a[i].first;
  }
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, MeetsItsExpectations) {
  const fs::path folder = source_directory / "examples" / GetParam();
  const Json expected = Json::parse(text_of(folder / "expected.json"));
  const Sandbox sandbox;
  ASSERT_FALSE(expected.at("runs").empty());
  for (const Json& run : expected.at("runs")) {
    run_and_compare(sandbox, GetParam(), run);
  }
  const std::string estimated = "runs/" + GetParam() + "/estimate/model.ini";
  ASSERT_EQ(fs::exists(folder / "model.ini"), sandbox.exists(estimated));
  if (sandbox.exists(estimated)) {
    expect_same_model(text_of(folder / "model.ini"), sandbox.read(estimated));
  }
}

TEST_P(Example, ExplainsItself) {
  const fs::path folder = source_directory / "examples" / GetParam();
  for (const char* name : {"README.md", "run.ini", "run.sh", "expected.json"}) {
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Example, testing::ValuesIn(example_names()),
                         [](const auto& example) { return "n" + example.param; });

}  // namespace
}  // namespace sgdflux::test
