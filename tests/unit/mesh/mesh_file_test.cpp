#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::mesh {
namespace {

class MeshFile : public testing::Test {
 protected:
  std::string path_ =
      testing::TempDir() + "mesh_file_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".ini";

  std::vector<AxisSpec> read(const std::string& text) const {
    std::ofstream(path_, std::ios::binary) << text;
    return read_mesh_file(path_);
  }
  /// The message without the path of the file; empty if `text` is accepted.
  template <class Error>
  std::string refusal_of(const std::string& text) const {
    try {
      static_cast<void>(read(text));
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with(path_));
      return message.substr(path_.size());
    }
    return "";
  }
  ~MeshFile() override { std::filesystem::remove(path_); }
};

TEST_F(MeshFile, HeaderCommentsBlankLinesAndWindowsEndings) {
  const auto axes =
      read("\xEF\xBB\xBF# a mesh\r\n\r\n[mesh]\r\n x = linear(0, 2*pi) 8 periodic # ring\r\nv = auto 16\r\n");
  ASSERT_EQ(axes.size(), 2U);
  EXPECT_EQ(axes[0].name, "x");
  EXPECT_EQ(axes[0].lower, Boundary::periodic);
  EXPECT_EQ(axes[1].name, "v");
  EXPECT_TRUE(axes[1].automatic());
}

TEST_F(MeshFile, BareLinesWithoutFinalNewline) { EXPECT_EQ(read("x = linear(0, 1) 8").size(), 1U); }

TEST_F(MeshFile, RefusalsNameFileAndLine) {
  EXPECT_EQ(refusal_of<core::FileError>("[mesh]\nx: linear(0, 1) 8\n"),
            ":2: 'x: linear(0, 1) 8' is no line of the form variable = MAP(lower, upper[, shape]) CELLS [BOUNDARY "
            "[BOUNDARY]]");
  EXPECT_EQ(refusal_of<core::FileError>("\n[model]\n"), ":2: section [model] in a mesh file, allowed is [mesh] only");
  EXPECT_EQ(refusal_of<core::FileError>("x = auto 8\n[mesh]\n"), ":2: [mesh] must come before the first axis");
  EXPECT_EQ(refusal_of<core::FileError>("x = auto 8\n\nx = auto 9\n"), ":3: axis 'x' is given twice");
  EXPECT_EQ(refusal_of<core::FileError>("# nothing\n"),
            ": no axis in this mesh file, expected lines such as x = linear(-1, 1) 100");
  EXPECT_EQ(refusal_of<core::SettingsError>("[mesh]\n\nx = log(-1, 1) 8\n"),
            ":3: mesh.x: map log got lower bound -1, allowed is lower > 0");
}

TEST_F(MeshFile, UnreadableFilesAreNamedWithTheReason) {
  for (const std::string& path : {testing::TempDir() + "no_such_mesh.ini", testing::TempDir()}) {
    try {
      static_cast<void>(read_mesh_file(path));
      ADD_FAILURE() << "accepted " << path;
    } catch (const core::FileError& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with("mesh file " + path + " cannot be read: ")) << message;
      EXPECT_EQ(message.find("Success"), std::string::npos) << message;
    }
  }
}

TEST_F(MeshFile, EveryNamedMeshOfTheProjectIsValid) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../../meshes";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".ini") {
      EXPECT_NO_THROW(static_cast<void>(read_mesh_file(entry.path()))) << entry.path();
      ++count;
    }
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace sgdflux::mesh
