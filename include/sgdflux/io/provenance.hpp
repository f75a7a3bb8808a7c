#pragma once
/// Where a result comes from: versions, command line, commit, compiler, ranks, seed, hashes of inputs, start time.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace sgdflux::io {

struct RunInfo {
  std::vector<std::string> command_line;
  std::vector<std::string> inputs;  ///< files that were read; their SHA-256 is recorded
  int ranks = 1;
  long seed = -1;  ///< negative: no random numbers were used
};

/// Versions of sgdflux, PETSc, SLEPc, MPI, HDF5, Eigen, Boost, muParser; compiler and flags; commit (recorded at
/// build time, "+" appended for a changed tree); host; start time in UTC (ISO 8601); hashes. Not collective.
[[nodiscard]] nlohmann::json provenance(const RunInfo& info);

/// Hexadecimal SHA-256 of a file. @throws FileError.
[[nodiscard]] std::string sha256_file(const std::string& path);

/// JSON text with numbers of 17 significant digits; NaN or infinity anywhere is an InternalError that names its path.
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& document);

}  // namespace sgdflux::io
