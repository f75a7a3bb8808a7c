#include "output.hpp"

#include <filesystem>

#include "sgdflux/io/files.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> missing_folders(const std::string& path) {
  std::vector<std::string> missing;
  std::error_code unreadable;  // prepare_directory says what is wrong with such a path
  for (fs::path folder = fs::path(path).lexically_normal(); !folder.empty() && !fs::exists(folder, unreadable);
       folder = folder.parent_path()) {
    missing.push_back(folder.string());
  }
  return missing;
}

}  // namespace

OutputDirectory::OutputDirectory(MPI_Comm comm, std::string path) : comm_(comm), path_(std::move(path)) {
  la::guard(comm_, [this] {
    if (la::rank(comm_) == 0) {
      created_ = missing_folders(path_);
      io::prepare_directory(path_);
    }
  });
}

OutputDirectory::~OutputDirectory() {
  if (kept_ || la::rank(comm_) != 0) {
    return;
  }
  std::error_code busy;  // a folder in use by others stays; a destructor has nobody to tell
  for (const std::string& name : files_) {
    fs::remove(name, busy);
  }
  for (const std::string& folder : created_) {
    fs::remove(folder, busy);
  }
}

std::string OutputDirectory::file(const std::string& name) {
  const std::string path = (fs::path(path_) / name).string();
  if (la::rank(comm_) == 0) {
    std::error_code absent;
    fs::remove(path, absent);
    files_.push_back(path);
  }
  return path;
}

void OutputDirectory::write(const std::string& name, const std::string& text) {
  const std::string path = file(name);
  la::guard(comm_, [&] {
    if (la::rank(comm_) == 0) {
      io::write_text(path, text);
    }
  });
}

void OutputDirectory::write_csv(const std::string& name, const std::vector<std::string>& names,
                                const std::vector<std::vector<double>>& columns) {
  const std::string path = file(name);
  la::guard(comm_, [&] {
    if (la::rank(comm_) == 0) {
      io::write_csv(path, names, columns);
    }
  });
}

}  // namespace sgdflux::cli
