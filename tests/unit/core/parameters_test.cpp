#include "sgdflux/core/parameters.hpp"

#include <gtest/gtest.h>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::core {
namespace {

std::vector<ParameterInfo> table() {
  return {{"T", "1", "temperature", "0.1", ParameterKind::real, {0, 10, true}, false},
          {"depth", "1", "layers", "1", ParameterKind::integer, {0}, false},
          {"rho", "1", "spectrum", "", ParameterKind::list, {0}, false},
          {"A", "1", "matrix", "1 0; 0 1", ParameterKind::matrix, {-5, 5}, false},
          {"kind", "", "text", "ito", ParameterKind::text, {}, false},
          {"eta", "1", "rate", "", ParameterKind::real, {0}, true}};
}

Parameters read(const std::vector<std::pair<std::string, std::string>>& lines) {
  Settings settings;
  for (const auto& [key, value] : lines) {
    settings.set("model." + key, value, "run.ini:1");
  }
  Parameters parameters(table());
  parameters.read(settings, "model", {"name"});
  return parameters;
}

TEST(Parameters, ReadsGivenValuesAndDefaults) {
  const Parameters p = read({{"rho", "3 5"}, {"depth", "2"}, {"name", "x"}});
  EXPECT_EQ(p.real("T"), 0.1);
  EXPECT_EQ(p.integer("depth"), 2);
  EXPECT_EQ(p.matrix("rho"), (Eigen::MatrixXd(1, 2) << 3, 5).finished());
  EXPECT_EQ(p.matrix("A"), Eigen::MatrixXd::Identity(2, 2));
  EXPECT_EQ(p.text("kind"), "ito");
  EXPECT_TRUE(p.given("depth"));
  EXPECT_FALSE(p.given("T"));
  EXPECT_FALSE(p.has("eta"));
  EXPECT_EQ(p.scalars(), (std::map<std::string, double>{{"T", 0.1}, {"depth", 2}}));
}

TEST(Parameters, RefusesWhatTheTableForbids) {
  EXPECT_THROW(read({}), SettingsError);                                 // rho is missing
  EXPECT_THROW(read({{"rho", "3"}, {"T", "0"}}), SettingsError);         // open end
  EXPECT_THROW(read({{"rho", "3"}, {"depth", "1.5"}}), SettingsError);   // no integer
  EXPECT_THROW(read({{"rho", "3"}, {"depth", "1e12"}}), SettingsError);  // no int
  EXPECT_THROW(read({{"rho", "3 -1"}}), SettingsError);
  EXPECT_THROW(read({{"rho", "3"}, {"A", "1 6; 0 1"}}), SettingsError);
  EXPECT_THROW(read({{"rho", "3"}, {"dept", "1"}}), SettingsError);
}

TEST(Parameters, SetKeepsToTheRange) {
  Parameters p = read({{"rho", "1"}});
  p.set("T", 2.5);
  EXPECT_EQ(p.real("T"), 2.5);
  EXPECT_THROW(p.set("T", -1), SettingsError);
  EXPECT_THROW(p.set("Tt", 1), SettingsError);
}

TEST(Parameters, AskingForWhatIsAbsentIsADefect) {
  const Parameters p = read({{"rho", "3 5"}});
  EXPECT_THROW(static_cast<void>(p.real("eta")), InternalError);
  EXPECT_THROW(static_cast<void>(p.real("rho")), InternalError);
}

}  // namespace
}  // namespace sgdflux::core
