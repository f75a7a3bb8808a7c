#pragma once
/// An HDF5 file being read by one process.
#include <string>
#include <utility>
#include <vector>

#include "hdf5_file.hpp"

namespace sgdflux::io {

/// Not collective. Every failure is a FileError that names the file and what is missing in it.
class Hdf5Input {
 public:
  /// @throws FileError: the system's reason when it cannot be opened, else that it is no whole HDF5 file.
  explicit Hdf5Input(const std::string& path);

  /// Checks the root attributes `format` and `format_version`; another major version is refused.
  void expect_format(const std::string& format, int major) const;
  [[nodiscard]] std::string text(const std::string& object, const std::string& name) const;
  [[nodiscard]] std::vector<std::string> texts(const std::string& object, const std::string& name) const;
  [[nodiscard]] double number(const std::string& object, const std::string& name) const;
  [[nodiscard]] std::vector<std::string> attribute_names(const std::string& object) const;

  struct Data {
    std::vector<core::Index> shape;
    std::vector<double> values;  ///< C order
  };
  [[nodiscard]] Data data(const std::string& path) const;

 private:
  [[noreturn]] void fail(const std::string& why) const;
  [[nodiscard]] Hdf5Handle attribute(const std::string& object, const std::string& name) const;

  std::string path_;
  Hdf5Handle file_;
};

}  // namespace sgdflux::io
