#include "hdf5_file.hpp"

#include <algorithm>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::io {
namespace {

herr_t keep_first(unsigned, const H5E_error2_t* error, void* text) {
  auto& reason = *static_cast<std::string*>(text);
  if (reason.empty() && error->desc != nullptr) {
    reason = error->desc;
  }
  return 0;
}

/// Description of the innermost failed call of this thread's HDF5 error stack.
std::string hdf5_reason() {
  std::string reason;
  static_cast<void>(H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &reason));
  return reason.empty() ? "HDF5 gives no reason" : reason;
}

std::vector<hsize_t> sizes(const std::vector<core::Index>& values) { return {values.begin(), values.end()}; }

Hdf5Handle parallel_access(MPI_Comm comm) {
  Hdf5Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "prepare parallel access");
  if (H5Pset_fapl_mpio(list.get(), comm, MPI_INFO_NULL) < 0) {
    throw core::FileError("cannot prepare parallel access: " + hdf5_reason());
  }
  return list;
}

Hdf5Handle dataspace(const std::vector<core::Index>& shape) {
  const auto extents = sizes(shape);
  return {H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose, "describe a shape"};
}

Hdf5Handle text_type() {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "describe text");
  static_cast<void>(H5Tset_size(type.get(), H5T_VARIABLE));
  static_cast<void>(H5Tset_cset(type.get(), H5T_CSET_UTF8));
  return type;
}

}  // namespace

Hdf5Handle::Hdf5Handle(hid_t id, Closer closer, const std::string& what) : id_(id), closer_(closer) {
  if (id < 0) {
    throw core::FileError("cannot " + what + ": " + hdf5_reason());
  }
}

Hdf5Silence::Hdf5Silence() {
  static_cast<void>(H5Eget_auto2(H5E_DEFAULT, &handler_, &data_));
  static_cast<void>(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr));
}

Hdf5Silence::~Hdf5Silence() { static_cast<void>(H5Eset_auto2(H5E_DEFAULT, handler_, data_)); }

Hdf5File::Hdf5File(MPI_Comm comm, const std::string& path)
    : path_(path),
      file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, parallel_access(comm).get()), H5Fclose,
            "create " + path) {}

std::string Hdf5File::named(const std::string& what) const { return "write " + what + " to " + path_; }

void Hdf5File::check(herr_t status, const std::string& what) const {
  if (status < 0) {
    throw core::FileError("cannot " + named(what) + ": " + hdf5_reason());
  }
}

void Hdf5File::group(const std::string& path) {
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, named(path));
  check(H5Pset_create_intermediate_group(links.get(), 1), path);
  const Hdf5Handle created(H5Gcreate2(file_.get(), path.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
                           named(path));
}

void Hdf5File::write(const std::string& path, const std::vector<core::Index>& shape, const Slab& slab,
                     std::span<const double> values) {
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, named(path));
  check(H5Pset_create_intermediate_group(links.get(), 1), path);
  const auto in_file = dataspace(shape);
  const Hdf5Handle data(
      H5Dcreate2(file_.get(), path.c_str(), H5T_IEEE_F64LE, in_file.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Dclose, named(path));
  if (H5Sget_simple_extent_npoints(in_file.get()) == 0) {
    return;  // nothing was allocated, and the parallel driver fails to write it
  }
  const auto in_memory = dataspace({static_cast<core::Index>(values.size())});
  if (values.empty()) {
    check(H5Sselect_none(in_file.get()), path);
    check(H5Sselect_none(in_memory.get()), path);
  } else {
    check(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, sizes(slab.start).data(), nullptr,
                              sizes(slab.count).data(), nullptr),
          path);
  }
  const Hdf5Handle transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose, named(path));
  check(H5Pset_dxpl_mpio(transfer.get(), H5FD_MPIO_COLLECTIVE), path);
  // Nothing may have no address, and HDF5 wants one even for an empty selection.
  const double nothing = 0;
  check(H5Dwrite(data.get(), H5T_NATIVE_DOUBLE, in_memory.get(), in_file.get(), transfer.get(),
                 values.empty() ? &nothing : values.data()),
        path);
}

void Hdf5File::put(const std::string& object, const std::string& name, hid_t type, hid_t space, const void* data) {
  const std::string what = "attribute " + name + " of " + object;
  const Hdf5Handle attribute(
      H5Acreate_by_name(file_.get(), object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose, named(what));
  check(H5Awrite(attribute.get(), type, data), what);
}

void Hdf5File::attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts) {
  std::vector<const char*> pointers(texts.size());
  std::transform(texts.begin(), texts.end(), pointers.begin(), [](const std::string& text) { return text.c_str(); });
  put(object, name, text_type().get(), dataspace({static_cast<core::Index>(texts.size())}).get(), pointers.data());
}

void Hdf5File::attribute(const std::string& object, const std::string& name, const std::string& text) {
  const char* pointer = text.c_str();
  const Hdf5Handle scalar(H5Screate(H5S_SCALAR), H5Sclose, named(name));
  put(object, name, text_type().get(), scalar.get(), &pointer);
}

void Hdf5File::attribute(const std::string& object, const std::string& name, const std::vector<int>& numbers) {
  put(object, name, H5T_NATIVE_INT, dataspace({static_cast<core::Index>(numbers.size())}).get(), numbers.data());
}

void Hdf5File::attribute(const std::string& object, const std::string& name, double number) {
  const Hdf5Handle scalar(H5Screate(H5S_SCALAR), H5Sclose, named(name));
  put(object, name, H5T_NATIVE_DOUBLE, scalar.get(), &number);
}

void Hdf5File::close() { check(file_.reset(), "the last data"); }

}  // namespace sgdflux::io
