#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>
#include <functional>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/fields.hpp"
#include "sgdflux/io/files.hpp"

namespace sgdflux::io {
namespace {

namespace fs = std::filesystem;

const std::vector<mesh::AxisSpec> axes{
    {"x", "sinh", {-1, 2, 0.5}, 5, mesh::Boundary::reflecting, mesh::Boundary::truncated},
    {"y", "linear", {0, 6.25}, 3, mesh::Boundary::periodic, mesh::Boundary::periodic}};

mesh::Grid grid_of(const std::vector<mesh::AxisSpec>& specs) {
  std::vector<mesh::Axis> all;
  for (const mesh::AxisSpec& spec : specs) {
    all.emplace_back(spec);
  }
  return mesh::Grid(std::move(all));
}

class ReadDensity : public testing::Test {
 protected:
  std::string folder_ =
      testing::TempDir() + "read_density_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  [[nodiscard]] std::string file() const { return folder_ + "/fields.h5"; }

  void SetUp() override {
    fs::remove_all(folder_);
    prepare_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// A file whose cells hold 1, 2, 3, … in C order under `path`.
  void write(const std::string& path, const std::vector<mesh::AxisSpec>& specs = axes) const {
    const mesh::Grid grid = grid_of(specs);
    std::vector<double> values;
    for (core::Index i = 0; i < grid.cells(); ++i) {
      values.push_back(static_cast<double>(i + 1));
    }
    const FieldData field{path, "a test", grid.shape(), grid.dimension(), {{0, 0, 0, 0}, grid.shape()}, values};
    write_fields(MPI_COMM_SELF, folder_ + "/fields", grid, {field}, {}, {});
  }
  /// Changes the file by the C interface of HDF5.
  void change(const std::function<void(hid_t)>& work) const {
    const hid_t handle = H5Fopen(file().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    work(handle);
    H5Fclose(handle);
  }
  [[nodiscard]] std::string failure() const {
    try {
      static_cast<void>(read_density(file()));
    } catch (const core::FileError& error) {
      return error.what();
    }
    return "no error";
  }
};

void expect_words(const std::string& text, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    EXPECT_NE(text.find(word), std::string::npos) << "'" << word << "' is not in: " << text;
  }
}

TEST_F(ReadDensity, HasAxesAndValuesAsWritten) {
  write("density");
  const StoredDensity density = read_density(file());
  ASSERT_EQ(density.axes.size(), 2U);
  for (std::size_t d = 0; d < axes.size(); ++d) {
    EXPECT_EQ(density.axes[d].name, axes[d].name);
    EXPECT_EQ(density.axes[d].to_string(), axes[d].to_string());
  }
  ASSERT_EQ(density.values.size(), 15U);
  for (std::size_t i = 0; i < density.values.size(); ++i) {
    EXPECT_EQ(density.values[i], static_cast<double>(i + 1));
  }
}

TEST_F(ReadDensity, FromOneToFourDimensions) {
  for (std::size_t dimension = 1; dimension <= 4; ++dimension) {
    std::vector<mesh::AxisSpec> specs;
    core::Index cells = 1;
    for (std::size_t d = 0; d < dimension; ++d) {
      specs.push_back({"x" + std::to_string(d + 1), "linear", {0, 1}, static_cast<core::Index>(d + 2)});
      cells *= specs.back().cells;
    }
    write("density", specs);
    EXPECT_EQ(static_cast<core::Index>(read_density(file()).values.size()), cells);
  }
}

TEST_F(ReadDensity, NamesWhatIsMissing) {
  EXPECT_EQ(failure(), "file " + file() + " cannot be read: No such file or directory");
  write("other");
  expect_words(failure(), {file(), "'density'", "missing"});
  write("density");
  change([](hid_t handle) { H5Adelete_by_name(handle, "axes/y", "mesh", H5P_DEFAULT); });
  expect_words(failure(), {file(), "'mesh'", "axes/y"});
}

TEST_F(ReadDensity, RefusesWhatIsNoFileOfFields) {
  write_text(file(), "x,y\n1,2\n");
  expect_words(failure(), {file()});
  write("density");
  change([](hid_t handle) { H5Adelete(handle, "format"); });
  expect_words(failure(), {file(), "no sgdflux-fields file"});
}

TEST_F(ReadDensity, RefusesAnotherMajorVersion) {
  write("density");
  change([](hid_t handle) {
    const hid_t attribute = H5Aopen(handle, "format_version", H5P_DEFAULT);
    const int version[2] = {2, 0};
    H5Awrite(attribute, H5T_NATIVE_INT, version);
    H5Aclose(attribute);
  });
  expect_words(failure(), {file(), "version 2"});
}

TEST_F(ReadDensity, RefusesShapesThatAreNotThoseOfTheAxesAndValuesThatAreNoNumbers) {
  write("density");
  change([](hid_t handle) {
    const hid_t data = H5Dopen2(handle, "density", H5P_DEFAULT);
    std::vector<double> values(15, std::numeric_limits<double>::quiet_NaN());
    H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(data);
  });
  expect_words(failure(), {file(), "finite"});
  change([](hid_t handle) {
    H5Ldelete(handle, "density", H5P_DEFAULT);
    H5Lcreate_soft("/axes/x/centres", handle, "density", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_words(failure(), {file(), "shape"});
}

}  // namespace
}  // namespace sgdflux::io
