#include "sgdflux/data/csv.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::data {
namespace {

/// A file that exists as long as the object.
class Scratch {
 public:
  explicit Scratch(const std::string& text)
      : path_(::testing::TempDir() + "sgdflux_csv_" + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
              ".csv") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~Scratch() { std::filesystem::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The message of the FileError that reading `text` ends in, without the path.
std::string failure(const std::string& text) {
  const Scratch file(text);
  try {
    static_cast<void>(read_csv(file.path()));
  } catch (const core::FileError& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with(file.path() + ":")) << message;
    return message.substr(file.path().size() + 1);
  }
  ADD_FAILURE() << "no error";
  return "";
}

TEST(Csv, ReadsColumnsByName) {
  const Scratch file("x,y\n1,2\n-3.5,+4e-1\n");
  const Table table = read_csv(file.path());
  EXPECT_EQ(table.names, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.column("x"), (std::vector<double>{1, -3.5}));
  EXPECT_EQ(table.column("y"), (std::vector<double>{2, 0.4}));
}

TEST(Csv, ToleratesWhatSpreadsheetsWrite) {
  const Scratch file("\xEF\xBB\xBF\"body, mass\" , \"say \"\"y\"\"\"\r\n 1 ,\"2\"\r\n3,4\r\n\r\n  \r\n");
  const Table table = read_csv(file.path());
  EXPECT_EQ(table.names, (std::vector<std::string>{"body, mass", "say \"y\""}));
  EXPECT_EQ(table.columns[0], (std::vector<double>{1, 3}));
  EXPECT_EQ(table.columns[1], (std::vector<double>{2, 4}));
}

TEST(Csv, ErrorsNameLineAndPosition) {
  EXPECT_EQ(failure(""), "1:1: the file is empty; expected a line of column names");
  EXPECT_EQ(failure("x,y\n"), "2:1: there is no row below the header");
  EXPECT_EQ(failure("x,y\n1,2\n3\n"), "3:1: this row has 1 fields, the header has 2");
  EXPECT_EQ(failure("x,y\n1,two\n"), "2:3: column 'y': 'two' is no finite number");
  EXPECT_EQ(failure("x,y\n1,\n"), "2:3: column 'y': an empty field is no finite number");
  EXPECT_EQ(failure("x,y\n1,nan\n"), "2:3: column 'y': 'nan' is no finite number");
  EXPECT_EQ(failure("x,y\n1,2 3\n"), "2:3: column 'y': '2 3' is no finite number");
  EXPECT_EQ(failure("x,y\n1,2\n\n3,4\n"), "3:1: an empty line between the rows");
  EXPECT_EQ(failure("x,y,x\n1,2,3\n"), "1:5: two columns have the name 'x'");
  EXPECT_EQ(failure("x,\n1,2\n"), "1:3: column 2 has no name");
  EXPECT_EQ(failure("1,2\n3,4\n"), "1:1: the first line must name the columns, but '1' is a number");
  EXPECT_EQ(failure("x,\"y\n1,2\n"), "1:3: a quote is opened and not closed on this line");
  EXPECT_EQ(failure("x,\"y\"z\n1,2\n"), "1:6: text behind a closing quote");
}

TEST(Csv, MissingFileAndDirectoryAreFileErrors) {
  EXPECT_THROW(static_cast<void>(read_csv("no/such/file.csv")), core::FileError);
  EXPECT_THROW(static_cast<void>(read_csv(::testing::TempDir())), core::FileError);
}

TEST(Csv, UnknownColumnOffersTheNearest) {
  const Scratch file("bmi,progression\n1,2\n");
  const Table table = read_csv(file.path());
  try {
    static_cast<void>(table.column("progresion"));
    FAIL() << "no error";
  } catch (const core::SettingsError& error) {
    EXPECT_NE(std::string(error.what()).find("'progression'"), std::string::npos) << error.what();
  }
}

TEST(Csv, StandardizedHasMeanZeroAndVarianceOne) {
  const std::vector<double> z = standardized("x", {1, 2, 3, 6});  // mean 3, population variance 3.5
  EXPECT_NEAR(z[0], -2 / std::sqrt(3.5), 1e-15);
  EXPECT_NEAR(z[3], 3 / std::sqrt(3.5), 1e-15);
  EXPECT_THROW(static_cast<void>(standardized("x", {2, 2, 2})), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::data
