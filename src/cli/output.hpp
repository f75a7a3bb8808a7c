#pragma once
/// The folder of a run: complete, or as if the run had never been.
#include <mpi.h>

#include <functional>
#include <string>
#include <vector>

namespace sgdflux::cli {

/// Creates the folder before the solve, so that one that cannot be written is found in time. Unless keep() is called,
/// the destructor removes the files of this run and the folders it created. All members but path() are collective; rank
/// 0 works.
class OutputDirectory {
 public:
  /// @throws FileError on every rank.
  OutputDirectory(MPI_Comm comm, std::string path);
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Path of a file that is about to be written; an old one goes away, so that no report stands beside results of
  /// another run.
  [[nodiscard]] std::string file(const std::string& name);
  /// Writes a text file. @throws FileError on every rank.
  void write(const std::string& name, const std::string& text);
  /// Writes columns as CSV. @throws FileError on every rank.
  void write_csv(const std::string& name, const std::vector<std::string>& names,
                 const std::vector<std::vector<double>>& columns);
  void keep() { kept_ = true; }

 private:
  MPI_Comm comm_;
  std::string path_;
  std::vector<std::string> created_;  // folders, innermost first
  std::vector<std::string> files_;
  bool kept_ = false;
};

}  // namespace sgdflux::cli
