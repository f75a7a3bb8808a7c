#pragma once
/// Runs the program from outside, in a folder of its own, and looks at what it says and leaves.
/// SGDFLUX_PROGRAM (path of the program) and SGDFLUX_SOURCE_DIR come from CMake.
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#ifndef SGDFLUX_MPIEXEC
#define SGDFLUX_MPIEXEC "mpirun"
#endif

namespace sgdflux::test {

struct Result {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// A temporary folder that the program runs in; removed with the object.
class Sandbox {
 public:
  Sandbox() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sgdflux-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("no temporary folder " + pattern);
    }
    root_ = pattern;
    std::filesystem::create_directories(root_ / "work");
  }
  ~Sandbox() {
    std::error_code busy;
    std::filesystem::remove_all(root_, busy);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  [[nodiscard]] std::filesystem::path path(const std::string& name = "") const { return root_ / "work" / name; }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const { return slurp(path(name)); }
  [[nodiscard]] bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  /// Every file and folder, relative to the sandbox.
  [[nodiscard]] std::set<std::string> listing() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      names.insert(std::filesystem::relative(entry.path(), path()).string());
    }
    return names;
  }

  /// Runs `sgdflux arguments` (a shell's words) in the sandbox, on `ranks` ranks.
  [[nodiscard]] Result run(const std::string& arguments, int ranks = 1) const {
    return shell((ranks == 1 ? "" : launcher() + "-n " + std::to_string(ranks) + " ") + "'" SGDFLUX_PROGRAM "' " +
                 arguments);
  }

  /// "mpirun …", to be followed by "-n 2 PROGRAM …".
  [[nodiscard]] static std::string launcher() { return SGDFLUX_MPIEXEC " --oversubscribe --bind-to none "; }

  /// Runs a line of the shell in the sandbox, with what Open MPI wants to be told.
  [[nodiscard]] Result shell(const std::string& line) const {
    const std::string command = "cd '" + path().string() +
                                "' && export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " +
                                "OMPI_MCA_mpi_yield_when_idle=1 && ( " + line + " ) >'" + (root_ / "out").string() +
                                "' 2>'" + (root_ / "err").string() + "' </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(root_ / "out"), slurp(root_ / "err")};
  }

 private:
  static std::string slurp(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }
  std::filesystem::path root_;
};

/// The lines of `text` that begin with `start`.
inline std::vector<std::string> lines_starting(const std::string& text, const std::string& start) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(start)) {
      lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace sgdflux::test
