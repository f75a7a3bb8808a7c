#include "sgdflux/io/checkpoint.hpp"

#include <mpi.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "digest.hpp"
#include "hdf5_file.hpp"
#include "hdf5_input.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::io {
namespace {

constexpr const char* format = "sgdflux-checkpoint";
constexpr int major_version = 1;

void append(std::string& bytes, const std::string& text) {
  const std::size_t length = text.size();
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += text;
}

void append(std::string& bytes, const std::vector<double>& values) {
  const std::size_t length = values.size();
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes.append(reinterpret_cast<const char*>(values.data()), length * sizeof(double));
}

/// Of names and values of everything, in the order of the maps.
std::string content_hash(const CheckpointData& data) {
  std::string bytes;
  for (const auto& [key, text] : data.settings) {
    append(bytes, key);
    append(bytes, text);
  }
  for (const auto& [name, value] : data.numbers) {
    append(bytes, name);
    append(bytes, std::vector<double>{value});
  }
  for (const auto& [name, values] : data.arrays) {
    append(bytes, name);
    append(bytes, values);
  }
  return sha256(bytes);
}

void write_content(const std::string& path, const CheckpointData& data) {
  Hdf5File file(MPI_COMM_SELF, path);
  std::vector<std::string> names;
  file.attribute("/", "format", std::string(format));
  file.attribute("/", "format_version", std::vector<int>{major_version, 0});
  file.attribute("/", "sha256", content_hash(data));
  file.group("settings");
  for (const auto& [key, text] : data.settings) {
    file.attribute("settings", key, text);
  }
  file.group("numbers");
  for (const auto& [name, value] : data.numbers) {
    file.attribute("numbers", name, value);
  }
  for (const auto& [name, values] : data.arrays) {
    const auto size = static_cast<core::Index>(values.size());
    file.write("arrays/" + name, {size}, {{0}, {size}}, values);
    names.push_back(name);
  }
  file.attribute("/", "arrays", names);
  file.close();
}

}  // namespace

void write_checkpoint(const std::string& path, const CheckpointData& data) {
  const Hdf5Silence silence;
  const std::string part = path + ".part";
  try {
    write_content(part, data);
    if (std::rename(part.c_str(), path.c_str()) != 0) {
      throw core::FileError("file " + path + " cannot be written: " + std::strerror(errno));
    }
  } catch (...) {
    static_cast<void>(std::remove(part.c_str()));
    throw;
  }
}

CheckpointData read_checkpoint(const std::string& path) {
  const Hdf5Silence silence;
  const Hdf5Input file(path);
  file.expect_format(format, major_version);
  CheckpointData data;
  for (const std::string& key : file.attribute_names("settings")) {
    data.settings[key] = file.text("settings", key);
  }
  for (const std::string& name : file.attribute_names("numbers")) {
    data.numbers[name] = file.number("numbers", name);
  }
  for (const std::string& name : file.texts("/", "arrays")) {
    data.arrays[name] = file.data("arrays/" + name).values;
  }
  if (file.text("/", "sha256") != content_hash(data)) {
    throw core::FileError("file " + path + ": the checkpoint is damaged: its content does not match its SHA-256");
  }
  return data;
}

}  // namespace sgdflux::io
