#include <cmath>

#include "hdf5_input.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/fields.hpp"

namespace sgdflux::io {
namespace {

/// Axes are stored as the lines that people write.
mesh::AxisSpec read_axis(const Hdf5Input& input, const std::string& file, const std::string& name) {
  const std::string line = input.text("axes/" + name, "mesh");
  try {
    return mesh::parse_axis(name, line);
  } catch (const core::SettingsError& error) {
    throw core::FileError("file " + file + ": axis " + name + ": " + error.what());
  }
}

void check_values(const Hdf5Input::Data& data, const StoredDensity& density, const std::string& file) {
  std::vector<core::Index> shape;
  for (const mesh::AxisSpec& axis : density.axes) {
    shape.push_back(axis.cells);
  }
  if (data.shape != shape) {
    throw core::FileError("file " + file + ": the shape of dataset 'density' is not that of the axes");
  }
  for (const double value : data.values) {
    if (!std::isfinite(value)) {
      throw core::FileError("file " + file + ": dataset 'density' holds values that are no finite numbers");
    }
  }
}

}  // namespace

StoredDensity read_density(const std::string& file) {
  const Hdf5Silence silence;
  const Hdf5Input input(file);
  input.expect_format("sgdflux-fields", 1);
  StoredDensity density;
  for (const std::string& name : input.texts("/", "axes")) {
    density.axes.push_back(read_axis(input, file, name));
  }
  Hdf5Input::Data data = input.data("density");
  check_values(data, density, file);
  density.values = std::move(data.values);
  return density;
}

}  // namespace sgdflux::io
