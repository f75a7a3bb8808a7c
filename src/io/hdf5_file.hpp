#pragma once
/// A parallel HDF5 file being written.
#include <hdf5.h>
#include <mpi.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/types.hpp"

namespace sgdflux::io {

/// Move-only owner of an HDF5 identifier; negative identifiers are failures.
class Hdf5Handle {
 public:
  using Closer = herr_t (*)(hid_t);
  /// @throws FileError "cannot <what>: <HDF5's reason>" when `id` is negative.
  Hdf5Handle(hid_t id, Closer closer, const std::string& what);
  ~Hdf5Handle() { reset(); }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Hdf5Handle& operator=(Hdf5Handle&&) = delete;
  [[nodiscard]] hid_t get() const { return id_; }
  /// Closes now. @returns HDF5's status, negative for a failure.
  herr_t reset() noexcept { return id_ < 0 ? 0 : closer_(std::exchange(id_, -1)); }

 private:
  hid_t id_;
  Closer closer_;
};

/// While it lives, HDF5 keeps its error stack to itself instead of printing it.
class Hdf5Silence {
 public:
  Hdf5Silence();
  ~Hdf5Silence();
  Hdf5Silence(const Hdf5Silence&) = delete;
  Hdf5Silence& operator=(const Hdf5Silence&) = delete;

 private:
  H5E_auto2_t handler_ = nullptr;
  void* data_ = nullptr;
};

/// The part of an array that one rank writes; counts of 0 write nothing.
struct Slab {
  std::vector<core::Index> start;
  std::vector<core::Index> count;
};

/// Every member function is collective over `comm`: all ranks must call it with the same names and shapes.
/// A failure is thrown as FileError on the ranks that saw it: wrap calls in la::guard.
class Hdf5File {
 public:
  Hdf5File(MPI_Comm comm, const std::string& path);  ///< creates or truncates
  void group(const std::string& path);
  /// Creates the dataset (and its groups) of `shape`, C order, doubles, and writes this rank's slab of it.
  void write(const std::string& path, const std::vector<core::Index>& shape, const Slab& slab,
             std::span<const double> values);
  void attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts);
  void attribute(const std::string& object, const std::string& name, const std::string& text);
  void attribute(const std::string& object, const std::string& name, const std::vector<int>& numbers);
  void attribute(const std::string& object, const std::string& name, double number);
  void close();

 private:
  [[nodiscard]] std::string named(const std::string& what) const;
  void check(herr_t status, const std::string& what) const;
  void put(const std::string& object, const std::string& name, hid_t type, hid_t space, const void* data);

  std::string path_;
  Hdf5Handle file_;
};

}  // namespace sgdflux::io
