#include "sgdflux/io/checkpoint.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/fields.hpp"
#include "sgdflux/io/files.hpp"

namespace sgdflux::io {
namespace {

namespace fs = std::filesystem;

class Checkpoint : public testing::Test {
 protected:
  std::string folder_ =
      testing::TempDir() + "checkpoint_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  [[nodiscard]] std::string file() const { return folder_ + "/checkpoint.h5"; }

  void SetUp() override {
    fs::remove_all(folder_);
    prepare_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
};

CheckpointData example() {
  CheckpointData data;
  data.settings = {{"model.name", "formula"}, {"model.drift.x", "x - x^3"}, {"observe.β", "≥ 0"}};
  data.numbers = {{"outputs", 7}, {"step", 0.1 + 0.2}};
  data.arrays = {{"density", {0.1, -1e-300, std::numeric_limits<double>::quiet_NaN()}},
                 {"coarse_density", {}},
                 {"fine/value.mean.x", {1.0 / 3, 2}}};
  for (int i = 0; i < 20000; ++i) {
    data.arrays["density"].push_back(std::sin(i));
  }
  return data;
}

std::string failure_of(const std::string& file) {
  try {
    static_cast<void>(read_checkpoint(file));
  } catch (const core::FileError& error) {
    return error.what();
  }
  return "no error";
}

void expect_word(const std::string& text, const std::string& word) {
  EXPECT_NE(text.find(word), std::string::npos) << "'" << word << "' is not in: " << text;
}

TEST_F(Checkpoint, ReadsBackToTheLastBit) {
  const CheckpointData data = example();
  write_checkpoint(file(), data);
  const CheckpointData back = read_checkpoint(file());
  EXPECT_EQ(back.settings, data.settings);
  EXPECT_EQ(back.numbers, data.numbers);
  ASSERT_EQ(back.arrays.size(), data.arrays.size());
  for (const auto& [name, values] : data.arrays) {
    ASSERT_EQ(back.arrays.at(name).size(), values.size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_TRUE(back.arrays.at(name)[i] == values[i] || (std::isnan(values[i]) && i == 2)) << name << ' ' << i;
    }
  }
}

TEST_F(Checkpoint, ReplacesTheOldOneAndLeavesNothingElse) {
  CheckpointData data = example();
  write_checkpoint(file(), data);
  data.numbers["outputs"] = 8;
  write_checkpoint(file(), data);
  EXPECT_EQ(read_checkpoint(file()).numbers.at("outputs"), 8);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Checkpoint, ThatWasNeverWrittenIsNamed) {
  EXPECT_EQ(failure_of(file()), "file " + file() + " cannot be read: No such file or directory");
}

TEST_F(Checkpoint, CutOffIsAFileError) {
  write_checkpoint(file(), example());
  for (const std::uintmax_t left : {std::uintmax_t{0}, std::uintmax_t{100}, fs::file_size(file()) / 2}) {
    fs::resize_file(file(), left);
    expect_word(failure_of(file()), file());
  }
}

TEST_F(Checkpoint, OneChangedByteOfTheDataIsFound) {
  write_checkpoint(file(), example());
  std::string bytes = read_text(file());
  const double marker = std::sin(12345);
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(&marker), sizeof marker));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(file(), std::ios::binary) << bytes;
  expect_word(failure_of(file()), "damaged");
}

TEST_F(Checkpoint, OfAnotherFormatOrVersionIsRefused) {
  const mesh::Grid grid({mesh::Axis({"x", "linear", {0, 1}, 4})});
  write_fields(MPI_COMM_SELF, folder_ + "/fields", grid, {}, {}, {});
  expect_word(failure_of(folder_ + "/fields.h5"), "sgdflux-fields");
  write_text(folder_ + "/text.h5", "no HDF5\n");
  expect_word(failure_of(folder_ + "/text.h5"), folder_ + "/text.h5");
}

TEST_F(Checkpoint, InAFolderThatIsNotThereIsAFileError) {
  EXPECT_THROW(write_checkpoint(folder_ + "/none/checkpoint.h5", example()), core::FileError);
}

}  // namespace
}  // namespace sgdflux::io
