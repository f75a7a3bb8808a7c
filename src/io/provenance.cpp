#include "sgdflux/io/provenance.hpp"

#include <H5public.h>
#include <mpi.h>
#include <muParser.h>
#include <petscsys.h>
#include <slepcsys.h>
#include <unistd.h>
#include <Eigen/Core>
#include <boost/version.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "digest.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/files.hpp"

// Supplied by the build; what it does not know is said to be unknown.
#ifndef SGDFLUX_VERSION
#define SGDFLUX_VERSION "unknown"
#endif
#ifndef SGDFLUX_COMMIT
#define SGDFLUX_COMMIT "unknown"
#endif
#ifndef SGDFLUX_COMPILE_FLAGS
#define SGDFLUX_COMPILE_FLAGS "unknown"
#endif

namespace sgdflux::io {
namespace {

using nlohmann::json;

/// Initialised while the program is loaded, before main.
const auto process_start = std::chrono::system_clock::now();

std::string utc(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string dotted(long major, long minor, long patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string petsc_version() {
  PetscInt major = 0;
  PetscInt minor = 0;
  PetscInt patch = 0;
  static_cast<void>(PetscGetVersionNumber(&major, &minor, &patch, nullptr));
  return dotted(major, minor, patch);
}

std::string slepc_version() {
  PetscInt major = 0;
  PetscInt minor = 0;
  PetscInt patch = 0;
  static_cast<void>(SlepcGetVersionNumber(&major, &minor, &patch, nullptr));
  return dotted(major, minor, patch);
}

std::string hdf5_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  static_cast<void>(H5get_libversion(&major, &minor, &patch));
  return dotted(major, minor, patch);
}

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  return {text.data()};
}

std::string compiler() {
#ifdef __clang__
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

std::string host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

json versions() {
  return {{"sgdflux", SGDFLUX_VERSION},
          {"petsc", petsc_version()},
          {"slepc", slepc_version()},
          {"mpi", mpi_version()},
          {"hdf5", hdf5_version()},
          {"eigen", dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
          {"boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"muparser", mu::ParserVersion}};
}

json input_hashes(const std::vector<std::string>& inputs) {
  json hashes = json::array();
  for (const auto& file : inputs) {
    hashes.push_back({{"file", file}, {"sha256", sha256_file(file)}});
  }
  return hashes;
}

void refuse_non_finite(const nlohmann::ordered_json& value, const std::string& path) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw core::InternalError("report value " + path + " is not finite; what has no number must be null with a reason");
  }
  if (value.is_structured()) {
    for (const auto& [key, child] : value.items()) {
      refuse_non_finite(child, path + "/" + key);
    }
  }
}

}  // namespace

json provenance(const RunInfo& info) {
  return {{"versions", versions()},
          {"commit", SGDFLUX_COMMIT},
          {"compiler", compiler()},
          {"compile_flags", SGDFLUX_COMPILE_FLAGS},
          {"command_line", info.command_line},
          {"ranks", info.ranks},
          {"seed", info.seed < 0 ? json(nullptr) : json(info.seed)},
          {"inputs", input_hashes(info.inputs)},
          {"host", host()},
          {"start_time", utc(process_start)}};
}

std::string sha256_file(const std::string& path) { return sha256(read_text(path)); }

std::string to_text(const nlohmann::ordered_json& document) {
  refuse_non_finite(document, "");
  // Shortest decimals that read back exactly: never more than 17 digits. Bytes that are no UTF-8 (file names on the
  // command line) become U+FFFD, because JSON cannot hold them.
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace sgdflux::io
