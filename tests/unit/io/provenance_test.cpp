#include "sgdflux/io/provenance.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/files.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::io {
namespace {

using nlohmann::json;

class Provenance : public testing::Test {
 protected:
  std::string file_ = testing::TempDir() + "provenance_" + std::to_string(la::rank(MPI_COMM_WORLD));
  ~Provenance() override { std::filesystem::remove(file_); }
};

TEST_F(Provenance, Sha256OfTheStandardExamples) {
  // FIPS 180-2, appendix B.1 and B.2, and the empty message.
  write_text(file_, "abc");
  EXPECT_EQ(sha256_file(file_), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  write_text(file_, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  EXPECT_EQ(sha256_file(file_), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  write_text(file_, "");
  EXPECT_EQ(sha256_file(file_), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_THROW(static_cast<void>(sha256_file(file_ + ".none")), core::FileError);
}

TEST_F(Provenance, RecordsWhatIsNeededToRepeatARun) {
  write_text(file_, "abc");
  const json record = provenance({{"sgdflux", "stationary", "--model.T=0.2"}, {file_}, 3, 42});
  for (const auto* name : {"sgdflux", "petsc", "slepc", "mpi", "hdf5", "eigen", "boost", "muparser"}) {
    EXPECT_FALSE(record.at("versions").at(name).get<std::string>().empty()) << name;
  }
  for (const auto* name : {"commit", "compiler", "compile_flags", "host"}) {
    EXPECT_FALSE(record.at(name).get<std::string>().empty()) << name;
  }
  EXPECT_EQ(record.at("command_line"), (json{"sgdflux", "stationary", "--model.T=0.2"}));
  EXPECT_EQ(record.at("ranks"), 3);
  EXPECT_EQ(record.at("seed"), 42);
  EXPECT_EQ(record.at("inputs").at(0).at("file"), file_);
  EXPECT_EQ(record.at("inputs").at(0).at("sha256"), sha256_file(file_));
  EXPECT_TRUE(
      std::regex_match(record.at("start_time").get<std::string>(), std::regex(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
}

TEST_F(Provenance, NoSeedIsNull) { EXPECT_TRUE(provenance({}).at("seed").is_null()); }

TEST(ReportText, NumbersReadBackExactly) {
  for (const double number : {0.1, 1.0 / 3, 1e-300, 5e-324, 0.0797588551880543, 1.7976931348623157e308, -0.0}) {
    const double again = json::parse(to_text({{"x", number}})).at("x").get<double>();
    EXPECT_EQ(again, number);
    EXPECT_EQ(std::signbit(again), std::signbit(number));
  }
}

TEST(ReportText, NonFiniteNumbersAreDefectsThatNameTheirPlace) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {std::nan(""), infinity, -infinity}) {
    try {
      static_cast<void>(to_text({{"observables", {{"mean.v", {{"value", {1.0, bad}}}}}}}));
      ADD_FAILURE() << "accepted";
    } catch (const core::InternalError& error) {
      EXPECT_NE(std::string(error.what()).find("/observables/mean.v/value/1 "), std::string::npos) << error.what();
    }
  }
}

TEST(ReportText, BytesThatAreNoUtf8DoNotSpoilTheReport) {
  EXPECT_NO_THROW(json::parse(to_text({{"file", "caf\xE9.csv"}})));
}

}  // namespace
}  // namespace sgdflux::io
