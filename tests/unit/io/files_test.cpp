#include "sgdflux/io/files.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <filesystem>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::io {
namespace {

namespace fs = std::filesystem;

/// A fresh folder for every test and rank.
class Files : public testing::Test {
 protected:
  std::string folder_ = testing::TempDir() + "files_" + testing::UnitTest::GetInstance()->current_test_info()->name() +
                        "_" + std::to_string(la::rank(MPI_COMM_WORLD));
  void SetUp() override {
    fs::remove_all(folder_);
    prepare_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
};

template <class Work>
std::string file_error_of(const Work& work) {
  try {
    work();
  } catch (const core::FileError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(Files, DirectoriesAreCreatedWithTheirParentsAndLeftClean) {
  prepare_directory(path("a/b/c"));
  prepare_directory(path("a/b/c"));
  EXPECT_TRUE(fs::is_directory(path("a/b/c")));
  EXPECT_TRUE(fs::is_empty(path("a/b/c")));
}

TEST_F(Files, FolderBelowAFileIsRefusedWithTheReason) {
  write_text(path("file"), "text");
  EXPECT_EQ(file_error_of([&] { prepare_directory(path("file/sub")); }),
            "output folder " + path("file/sub") + " cannot be created: Not a directory");
}

TEST_F(Files, FolderThatCannotBeWrittenToIsRefused) {
  EXPECT_TRUE(
      file_error_of([&] { prepare_directory("/proc"); }).starts_with("output folder /proc cannot be written to: "));
}

TEST_F(Files, TextReadsBackAndReplacesWhatWasThere) {
  const std::string text = std::string("line\r\n\0β₁\n", 12);
  write_text(path("t"), "a longer text that was there before");
  write_text(path("t"), text);
  EXPECT_EQ(read_text(path("t")), text);
  EXPECT_FALSE(fs::exists(path("t.part")));
}

TEST_F(Files, UnwritablePathsNameFileAndReasonAndLeaveNothing) {
  EXPECT_EQ(file_error_of([&] { write_text(path("none/t"), "x"); }),
            "file " + path("none/t") + " cannot be written: No such file or directory");
  fs::create_directory(path("folder"));
  EXPECT_EQ(file_error_of([&] { write_text(path("folder"), "x"); }),
            "file " + path("folder") + " cannot be written: Is a directory");
  EXPECT_FALSE(fs::exists(path("folder.part")));
}

TEST_F(Files, UnreadablePathsNameFileAndReason) {
  EXPECT_EQ(file_error_of([&] { static_cast<void>(read_text(path("none"))); }),
            "file " + path("none") + " cannot be read: No such file or directory");
  EXPECT_EQ(file_error_of([&] { static_cast<void>(read_text(folder_)); }),
            "file " + folder_ + " cannot be read: Is a directory");
}

TEST_F(Files, CsvKeepsEveryBitOfItsNumbers) {
  const std::vector<double> numbers = {0.1, 1.0 / 3, -1e-300, 12345678901234567.0};
  write_csv(path("c.csv"), {"x", "p(x, t)"}, {numbers, {1, 2, 3, 4}});
  const std::string text = read_text(path("c.csv"));
  EXPECT_TRUE(text.starts_with("x,\"p(x, t)\"\n"));
  std::size_t at = text.find('\n') + 1;
  for (const double number : numbers) {
    EXPECT_EQ(std::stod(text.substr(at)), number);
    at = text.find('\n', at) + 1;
  }
  EXPECT_EQ(at, text.size());
}

TEST_F(Files, CsvColumnsOfDifferentLengthAreADefect) {
  EXPECT_THROW(write_csv(path("c.csv"), {"x", "y"}, {{1, 2}, {1}}), core::InternalError);
  EXPECT_THROW(write_csv(path("c.csv"), {"x"}, {{1}, {1}}), core::InternalError);
}

}  // namespace
}  // namespace sgdflux::io
