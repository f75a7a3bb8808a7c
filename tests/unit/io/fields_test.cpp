#include "sgdflux/io/fields.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <deque>
#include <filesystem>
#include <regex>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/files.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::io {
namespace {

namespace fs = std::filesystem;
using core::Index;

/// A dataset read back whole by the C interface of HDF5, without MPI.
struct ReadBack {
  std::vector<hsize_t> shape;
  std::vector<double> values;
};

ReadBack read_dataset(const std::string& file, const std::string& path) {
  ReadBack result;
  const hid_t handle = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data = H5Dopen2(handle, path.c_str(), H5P_DEFAULT);
  if (data >= 0) {
    const hid_t space = H5Dget_space(data);
    result.shape.resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, result.shape.data(), nullptr);
    result.values.resize(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.values.data());
    H5Sclose(space);
    H5Dclose(data);
  }
  H5Fclose(handle);
  return result;
}

std::string read_attribute(const std::string& file, const std::string& object, const std::string& name) {
  const hid_t handle = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t attribute = H5Aopen_by_name(handle, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Aget_type(attribute);
  char* text = nullptr;
  H5Aread(attribute, type, &text);
  std::string result = text == nullptr ? "" : text;
  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
  H5Fclose(handle);
  return result;
}

mesh::Grid make_grid(const std::vector<Index>& shape) {
  std::vector<mesh::Axis> axes;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    axes.emplace_back(mesh::AxisSpec{"x" + std::to_string(d), "sinh", {-1, 2, 0.5}, shape[d]});
  }
  return mesh::Grid(std::move(axes));
}

double marker(const mesh::Cell& cell) {
  return static_cast<double>(cell[0]) + 1e3 * static_cast<double>(cell[1]) + 1e6 * static_cast<double>(cell[2]) +
         1e9 * static_cast<double>(cell[3]) + 0.25;
}

FieldData marked(const std::string& path, const mesh::Grid& grid, const mesh::Box& box, const mesh::Cell& shape) {
  static std::deque<std::vector<double>> kept;  // fields only look at their numbers
  std::vector<double>& values = kept.emplace_back();
  for (Index position = 0; position < box.cells(); ++position) {
    values.push_back(marker(box.cell(position)));
  }
  return {path, "a test", shape, grid.dimension(), box, values};
}

/// Faces along `axis`: every rank has the lower faces of its cells, ranks at the upper end one more layer.
FieldData marked_faces(const mesh::Grid& grid, int axis, mesh::Box box) {
  const auto d = static_cast<std::size_t>(axis);
  mesh::Cell shape = grid.shape();
  box.upper[d] += box.cells() > 0 && box.upper[d] == shape[d] ? 1 : 0;
  ++shape[d];
  return marked("current/" + grid.axis(axis).name(), grid, box, shape);
}

/// A folder that all ranks share.
class Fields : public testing::Test {
 protected:
  std::string folder_ = testing::TempDir() + "fields_" + testing::UnitTest::GetInstance()->current_test_info()->name() +
                        "_np" + std::to_string(la::size(MPI_COMM_WORLD));
  int rank_ = la::rank(MPI_COMM_WORLD);
  [[nodiscard]] std::string stem() const { return folder_ + "/fields"; }

  void SetUp() override {
    if (rank_ == 0) {
      fs::remove_all(folder_);
      prepare_directory(folder_);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
  void TearDown() override {
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank_ == 0) {
      fs::remove_all(folder_);
    }
  }
  void expect_marked(const std::string& path, const mesh::Cell& shape, int dimension) const {
    const ReadBack data = read_dataset(stem() + ".h5", path);
    ASSERT_EQ(data.shape, std::vector<hsize_t>(shape.begin(), shape.begin() + dimension)) << path;
    const mesh::Box all{{0, 0, 0, 0}, shape};
    for (Index position = 0; position < all.cells(); ++position) {
      ASSERT_EQ(data.values[static_cast<std::size_t>(position)], marker(all.cell(position)))
          << path << " at " << position;
    }
  }
};

TEST_F(Fields, ReadBackAsWrittenInOneToFourDimensions) {
  for (const auto& shape : std::vector<std::vector<Index>>{{17}, {2, 3}, {9, 11}, {5, 4, 7}, {4, 3, 5, 6}}) {
    const mesh::Grid grid = make_grid(shape);
    const mesh::Partition partition(grid, la::size(MPI_COMM_WORLD));
    const mesh::Box box = partition.owned(rank_);
    std::vector<FieldData> fields = {marked("density", grid, box, grid.shape()),
                                     marked("exact/density", grid, box, grid.shape())};
    for (int d = 0; d < grid.dimension(); ++d) {
      fields.push_back(marked_faces(grid, d, box));
    }
    write_fields(MPI_COMM_WORLD, stem(), grid, fields, {}, {});
    for (const auto& field : fields) {
      expect_marked(field.path, field.shape, field.dimension);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST_F(Fields, RanksWithoutCellsWriteNothing) {
  const mesh::Grid grid = make_grid({2, 2});
  mesh::Box box{{0, 0, 0, 0}, {0, 0, 0, 0}};
  if (rank_ == la::size(MPI_COMM_WORLD) - 1) {
    box.upper = grid.shape();
  }
  write_fields(MPI_COMM_WORLD, stem(), grid, {marked("density", grid, box, grid.shape())}, {}, {});
  expect_marked("density", grid.shape(), 2);
}

TEST_F(Fields, CoordinatesVolumesArraysAndAttributes) {
  const mesh::Grid grid = make_grid({6, 8});
  const std::map<std::string, std::string> settings = {
      {"model.T", "0.2"}, {"model.meaning", "β₁ ≥ 0"}, {"model.empty", ""}};
  write_fields(MPI_COMM_WORLD, stem(), grid, {}, {{"marginal/x0", "marginal density", {6}, {1, 2, 3, 4, 5, 6}}},
               settings);
  const std::string file = stem() + ".h5";
  const auto faces = read_dataset(file, "axes/x1/faces").values;
  const auto expected = grid.axis(1).faces();
  ASSERT_EQ(faces.size(), 9U);
  EXPECT_TRUE(std::equal(faces.begin(), faces.end(), expected.begin()));
  EXPECT_EQ(read_dataset(file, "axes/x0/centres").shape, (std::vector<hsize_t>{6}));
  EXPECT_EQ(read_dataset(file, "axes/x0/slope").shape, (std::vector<hsize_t>{6}));
  EXPECT_EQ(read_dataset(file, "marginal/x0").values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  const auto volume = read_dataset(file, "cell_volume");
  ASSERT_EQ(volume.shape, (std::vector<hsize_t>{6, 8}));
  double total = 0;
  for (const double value : volume.values) {
    total += value;
  }
  EXPECT_NEAR(total, 9, 0.5);  // midpoint rule for the area 3 × 3
  for (const auto& [name, value] : settings) {
    EXPECT_EQ(read_attribute(file, "/", name), value);
  }
  EXPECT_EQ(read_attribute(file, "/", "format"), "sgdflux-fields");
  EXPECT_EQ(read_attribute(file, "axes/x0", "mesh"), "sinh(-1, 2, 0.5) 6");
  EXPECT_EQ(read_attribute(file, "marginal/x0", "meaning"), "marginal density");
}

/// What XDMF names as the shape of an HDF5 dataset is what the file has.
void expect_data_items_match(const std::string& folder, const std::string& text) {
  const std::regex item("<DataItem Dimensions=\"([0-9 ]+)\"[^>]*Format=\"HDF\">([^:<]+):/([^<]+)</DataItem>");
  int count = 0;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), item); match != std::sregex_iterator();
       ++match, ++count) {
    const auto data = read_dataset(folder + "/" + (*match)[2].str(), (*match)[3].str());
    Index named = 1;
    std::istringstream words((*match)[1].str());
    for (Index extent = 0; words >> extent;) {
      named *= extent;
    }
    EXPECT_EQ(named, static_cast<Index>(data.values.size())) << match->str();
  }
  EXPECT_GT(count, 0);
}

/// Tags are balanced; attribute values are quoted.
void expect_well_formed(const std::string& text) {
  const std::regex tag(R"(<(/?)([A-Za-z]+)((?:\s+[A-Za-z]+="[^"<]*")*)\s*(/?)>)");
  std::vector<std::string> open;
  const auto start = text.find("?>") + 2;
  std::string rest = text.substr(start);
  for (auto match = std::sregex_iterator(rest.begin(), rest.end(), tag); match != std::sregex_iterator(); ++match) {
    if ((*match)[1].length() > 0) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*match)[2].str());
      open.pop_back();
    } else if ((*match)[4].length() == 0) {
      open.push_back((*match)[2].str());
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(std::regex_replace(rest, tag, "").find_first_of("<>"), std::string::npos);
}

TEST_F(Fields, XdmfIsWellFormedAndNamesWhatTheFileHas) {
  for (const auto& shape : std::vector<std::vector<Index>>{{17}, {9, 11}, {5, 4, 7}}) {
    const mesh::Grid grid = make_grid(shape);
    const mesh::Box box = mesh::Partition(grid, la::size(MPI_COMM_WORLD)).owned(rank_);
    write_fields(MPI_COMM_WORLD, stem(), grid, {marked("density", grid, box, grid.shape()), marked_faces(grid, 0, box)},
                 {}, {});
    const std::string text = read_text(stem() + ".xdmf");
    expect_well_formed(text);
    expect_data_items_match(folder_, text);
    EXPECT_NE(text.find("fields.h5:/density<"), std::string::npos);
    EXPECT_EQ(text.find("current"), std::string::npos);
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST_F(Fields, XdmfOrdersAxesFromTheFastest) {
  const mesh::Grid grid = make_grid({5, 4, 7});
  write_fields(MPI_COMM_WORLD, stem(), grid, {}, {}, {});
  const std::string text = read_text(stem() + ".xdmf");
  EXPECT_NE(text.find("TopologyType=\"3DRectMesh\" Dimensions=\"6 5 8\""), std::string::npos);
  EXPECT_LT(text.find("axes/x2/faces"), text.find("axes/x1/faces"));
  EXPECT_LT(text.find("axes/x1/faces"), text.find("axes/x0/faces"));
}

TEST_F(Fields, FourDimensionsShowTheirPlaneMarginals) {
  const mesh::Grid grid = make_grid({2, 3, 4, 2});
  write_fields(MPI_COMM_WORLD, stem(), grid, {},
               {{"marginal/x0.x2", "marginal density", {2, 4}, std::vector<double>(8, 1)},
                {"marginal/x1", "marginal density", {3}, std::vector<double>(3, 1)}},
               {});
  const std::string text = read_text(stem() + ".xdmf");
  expect_well_formed(text);
  expect_data_items_match(folder_, text);
  EXPECT_NE(text.find("<Grid Name=\"marginal/x0.x2\""), std::string::npos);
  EXPECT_NE(text.find("Dimensions=\"3 5\""), std::string::npos);
  EXPECT_EQ(text.find("marginal/x1\""), std::string::npos);
  EXPECT_TRUE(read_dataset(stem() + ".h5", "axes/x3/faces").values.size() == 3);
}

template <class Work>
std::string message_of(core::ExitCode expected, const Work& work) {
  try {
    work();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), expected);
    return error.what();
  }
  return "no error";
}

TEST_F(Fields, UnwritablePathIsTheSameErrorOnEveryRank) {
  const mesh::Grid grid = make_grid({8});
  const std::string message = message_of(
      core::ExitCode::files, [&] { write_fields(MPI_COMM_WORLD, folder_ + "/none/fields", grid, {}, {}, {}); });
  EXPECT_EQ(message, "file " + folder_ + "/none/fields.h5.part cannot be written: No such file or directory");
}

TEST_F(Fields, FailureInTheMiddleLeavesTheOldFileAndNoPart) {
  const mesh::Grid grid = make_grid({8});
  write_fields(MPI_COMM_WORLD, stem(), grid, {}, {}, {{"run", "first"}});
  const std::vector<ArrayData> twice = {{"a", "", {1}, {1}}, {"a", "", {1}, {1}}};
  const std::string message = message_of(core::ExitCode::files, [&] {
    write_fields(MPI_COMM_WORLD, stem(), grid, {}, twice, {{"run", "second"}});
  });
  EXPECT_EQ(message, "cannot write a to " + stem() + ".h5.part: name already exists");
  MPI_Barrier(MPI_COMM_WORLD);
  EXPECT_FALSE(fs::exists(stem() + ".h5.part"));
  EXPECT_EQ(read_attribute(stem() + ".h5", "/", "run"), "first");
}

TEST_F(Fields, MismatchOnOneRankIsADefectOnEveryRank) {
  const mesh::Grid grid = make_grid({8});
  auto field = marked("density", grid, mesh::Partition(grid, la::size(MPI_COMM_WORLD)).owned(rank_), grid.shape());
  if (rank_ == la::size(MPI_COMM_WORLD) - 1) {
    field.values = field.values.first(field.values.size() - 1);
  }
  EXPECT_NE(message_of(core::ExitCode::internal, [&] { write_fields(MPI_COMM_WORLD, stem(), grid, {field}, {}, {}); })
                .find("density"),
            std::string::npos);
}

TEST_F(Fields, BoxesThatLeaveGapsAreADefect) {
  const mesh::Grid grid = make_grid({8});
  mesh::Box box{{0, 0, 0, 0}, {0, 0, 0, 0}};
  if (rank_ == 0) {
    box.upper = {7, 1, 1, 1};
  }
  EXPECT_EQ(
      message_of(
          core::ExitCode::internal,
          [&] { write_fields(MPI_COMM_WORLD, stem(), grid, {marked("density", grid, box, grid.shape())}, {}, {}); }),
      "the boxes of field density hold 7 cells, its shape 8");
}

}  // namespace
}  // namespace sgdflux::io
