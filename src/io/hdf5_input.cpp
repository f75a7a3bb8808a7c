#include "hdf5_input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::io {
namespace {

/// HDF5's message for a file that is not there is a riddle; the system's is not.
const std::string& openable(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) {
    throw core::FileError("file " + path + " cannot be read: " + std::strerror(errno));
  }
  return path;
}

hid_t open_file(const std::string& path) { return H5Fopen(openable(path).c_str(), H5F_ACC_RDONLY, H5P_DEFAULT); }

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

std::size_t points(hid_t space) {
  return static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
}

}  // namespace

Hdf5Input::Hdf5Input(const std::string& path)
    : path_(path), file_(open_file(path), H5Fclose, "read " + path + " as an HDF5 file") {}

void Hdf5Input::fail(const std::string& why) const { throw core::FileError("file " + path_ + ": " + why); }

void Hdf5Input::expect_format(const std::string& format, int major) const {
  const std::string found = H5Aexists(file_.get(), "format") > 0 ? text("/", "format") : "";
  if (found != format) {
    fail("this is no " + format + " file" + (found.empty() ? "" : " but a " + found + " file"));
  }
  const Hdf5Handle version = attribute("/", "format_version");
  const Hdf5Handle space(H5Aget_space(version.get()), H5Sclose, "read the version of " + path_);
  std::vector<int> numbers(points(space.get()));
  if (numbers.empty() || H5Aread(version.get(), H5T_NATIVE_INT, numbers.data()) < 0) {
    fail("attribute format_version is no version");
  }
  if (numbers.front() != major) {
    fail("format version " + std::to_string(numbers.front()) + " of " + format +
         " is not the one that this program reads, " + std::to_string(major));
  }
}

Hdf5Handle Hdf5Input::attribute(const std::string& object, const std::string& name) const {
  if (H5Aexists_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT) <= 0) {
    fail("attribute '" + name + "' of '" + object + "' is missing");
  }
  return {H5Aopen_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
          "read " + name + " from " + path_};
}

std::vector<std::string> Hdf5Input::texts(const std::string& object, const std::string& name) const {
  const Hdf5Handle found = attribute(object, name);
  const Hdf5Handle type(H5Aget_type(found.get()), H5Tclose, "read " + name + " from " + path_);
  const Hdf5Handle space(H5Aget_space(found.get()), H5Sclose, "read " + name + " from " + path_);
  if (H5Tis_variable_str(type.get()) <= 0) {
    fail("attribute '" + name + "' of '" + object + "' is no text");
  }
  std::vector<char*> pointers(points(space.get()), nullptr);
  if (H5Aread(found.get(), type.get(), pointers.data()) < 0) {
    fail("attribute '" + name + "' of '" + object + "' cannot be read");
  }
  std::vector<std::string> result;
  std::transform(pointers.begin(), pointers.end(), std::back_inserter(result),
                 [](const char* pointer) { return std::string(pointer == nullptr ? "" : pointer); });
  static_cast<void>(H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data()));
  return result;
}

std::string Hdf5Input::text(const std::string& object, const std::string& name) const {
  const std::vector<std::string> all = texts(object, name);
  if (all.size() != 1) {
    fail("attribute '" + name + "' of '" + object + "' is not one text");
  }
  return all.front();
}

double Hdf5Input::number(const std::string& object, const std::string& name) const {
  const Hdf5Handle found = attribute(object, name);
  const Hdf5Handle space(H5Aget_space(found.get()), H5Sclose, "read " + name + " from " + path_);
  double value = 0;
  if (points(space.get()) != 1 || H5Aread(found.get(), H5T_NATIVE_DOUBLE, &value) < 0) {
    fail("attribute '" + name + "' of '" + object + "' is no number");
  }
  return value;
}

std::vector<std::string> Hdf5Input::attribute_names(const std::string& object) const {
  std::vector<std::string> names;
  if (H5Aiterate_by_name(file_.get(), object.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names,
                         H5P_DEFAULT) < 0) {
    fail("'" + object + "' is missing");
  }
  return names;
}

Hdf5Input::Data Hdf5Input::data(const std::string& path) const {
  const hid_t id = H5Dopen2(file_.get(), path.c_str(), H5P_DEFAULT);
  if (id < 0) {
    fail("dataset '" + path + "' is missing");
  }
  const Hdf5Handle set(id, H5Dclose, "read " + path);
  const Hdf5Handle space(H5Dget_space(set.get()), H5Sclose, "read the shape of " + path + " from " + path_);
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
  static_cast<void>(H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr));
  Data result{{shape.begin(), shape.end()}, std::vector<double>(points(space.get()))};
  if (!result.values.empty() &&
      H5Dread(set.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.values.data()) < 0) {
    fail("dataset '" + path + "' cannot be read: the file is damaged or holds no numbers there");
  }
  return result;
}

}  // namespace sgdflux::io
