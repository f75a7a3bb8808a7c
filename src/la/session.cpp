#include "sgdflux/la/session.hpp"

#include <petscblaslapack.h>
#include <slepcsys.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <system_error>

#include "error_text.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/abort.hpp"
#include "sgdflux/la/handle.hpp"

namespace sgdflux::la {
namespace {

/// Options of the session as they were typed.
std::vector<std::string>& typed_options() {
  static std::vector<std::string> words;
  return words;
}

/// Of logs, which PETSc begins when it starts and writes when it ends.
bool wanted_at_start(const std::string& option) {
  return option.starts_with("-log_view") || option == "-log_trace" || option == "-info" ||
         option.starts_with("-malloc") || option == "-memory_view";
}

void insert_options(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() < 2 || words[i][0] != '-') {
      throw core::SettingsError("'" + words[i] + "' after -- is no PETSc option: options begin with '-'");
    }
    if (wanted_at_start(words[i])) {
      throw core::SettingsError(
          "PETSc option " + words[i] +
          " after -- comes too late: PETSc reads it when it starts, from the environment variable PETSC_OPTIONS");
    }
    const bool has_value = i + 1 < words.size() &&
                           (words[i + 1][0] != '-' || std::isdigit(static_cast<unsigned char>(words[i + 1][1])) != 0);
    check(PetscOptionsSetValue(nullptr, words[i].c_str(), has_value ? words[i + 1].c_str() : nullptr));
    i += has_value ? 1 : 0;
  }
}

/// The session folder of a process that runs alone. Open MPI's own is shared by all such processes of a user, and one
/// that ends removes it while another one that starts is about to use it. Empty: there is none.
std::string& own_folder() {
  static std::string folder;
  return folder;
}

void use_own_folder() {
  std::error_code unknown;
  std::string name = (std::filesystem::temp_directory_path(unknown) / "sgdflux-XXXXXX").string();
  if (!unknown && std::getenv("OMPI_MCA_orte_tmpdir_base") == nullptr && mkdtemp(name.data()) != nullptr) {
    own_folder() = name;
    static_cast<void>(setenv("OMPI_MCA_orte_tmpdir_base", name.c_str(), 0));
  }
}

void remove_own_folder() {
  std::error_code ignored;
  if (!own_folder().empty()) {
    std::filesystem::remove_all(own_folder(), ignored);
    static_cast<void>(unsetenv("OMPI_MCA_orte_tmpdir_base"));
    own_folder().clear();
  }
}

/// A single process needs neither a daemon of Open MPI's (.25 s to start; only MPI_Comm_spawn would need it) nor a
/// search for fast networks (.2 s). What the user has set stays.
void start_alone_quickly() {
  constexpr int keep_existing = 0;
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr && std::getenv("PMIX_RANK") == nullptr) {
    static_cast<void>(setenv("OMPI_MCA_ess_singleton_isolated", "1", keep_existing));
    static_cast<void>(setenv("OMPI_MCA_pml", "ob1", keep_existing));
    static_cast<void>(setenv("OMPI_MCA_sharedfp", "individual", keep_existing));
    use_own_folder();
  }
}

/// OpenBLAS takes its work space when it is first used, and tries for ever where there is no room: it shall take it
/// now, while that can still be told.
void reserve_blas() {
  constexpr std::size_t work_space = std::size_t{160} << 20;  // 128 MiB in Debian's build
  void* room = std::malloc(work_space);
  if (room == nullptr) {
    out_of_memory();
  }
  std::free(room);
  const PetscBLASInt one = 1;
  const PetscScalar unit = 1;
  PetscScalar value = 1;
  BLAStrsm_("L", "U", "N", "N", &one, &one, &unit, &unit, &one, &value, &one);
}

}  // namespace

Session::Session(const std::vector<std::string>& petsc_options) {
  start_alone_quickly();
  check(SlepcInitializeNoArguments());
  check(PetscPopSignalHandler());
  check(PetscPushErrorHandler(keep_error_text, nullptr));
  set_team(size(MPI_COMM_WORLD));
  std::set_new_handler(out_of_memory);
  // Left-over options are reported by unused_options(), in our words.
  check(PetscOptionsSetValue(nullptr, "-options_left", "no"));
  try {
    reserve_blas();
    insert_options(petsc_options);
    typed_options() = petsc_options;
  } catch (...) {
    static_cast<void>(SlepcFinalize());
    remove_own_folder();
    throw;
  }
}

Session::~Session() {
  std::set_new_handler(nullptr);
  static_cast<void>(PetscPopErrorHandler());
  static_cast<void>(SlepcFinalize());
  remove_own_folder();
}

std::vector<std::string> unused_options() {
  PetscInt count = 0;
  char** names = nullptr;
  char** values = nullptr;
  check(PetscOptionsLeftGet(nullptr, &count, &names, &values));
  std::vector<std::string> unused;
  for (PetscInt i = 0; i < count; ++i) {
    if (std::string(names[i]) != "options_left") {
      unused.push_back("-" + std::string(names[i]));
    }
  }
  check(PetscOptionsLeftRestore(nullptr, &count, &names, &values));
  return unused;
}

bool option_given(const std::string& start) {
  const auto& words = typed_options();
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return word.starts_with(start); });
}

void renew_options() {
  for (const std::string& word : typed_options()) {
    if (word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1])) == 0) {
      check(PetscOptionsClearValue(nullptr, word.c_str()));
    }
  }
  insert_options(typed_options());
}

bool all_arrive(MPI_Comm comm, double seconds) {
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(comm, &request);
  return completes(&request, seconds);
}

int rank(MPI_Comm comm) {
  int value = 0;
  MPI_Comm_rank(comm, &value);
  return value;
}

int size(MPI_Comm comm) {
  int value = 1;
  MPI_Comm_size(comm, &value);
  return value;
}

}  // namespace sgdflux::la
