#include "sgdflux/la/groups.hpp"

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/abort.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

constexpr int letter_tag = 1;

}  // namespace

Groups::Groups(MPI_Comm comm, int count) : count_(count), equal_(count > 0 && size(comm) % count == 0) {
  if (count < 1 || count > size(comm)) {
    throw core::SettingsError(std::to_string(count) + " groups of ranks: allowed is 1 <= groups <= " +
                              std::to_string(size(comm)) + ", the number of ranks");
  }
  check(PetscSubcommCreate(comm, groups_.out()));
  check(PetscSubcommSetNumber(groups_.get(), count));
  check(PetscSubcommSetType(groups_.get(), PETSC_SUBCOMM_CONTIGUOUS));
  set_team(size(this->comm()));
}

Groups::~Groups() {
  set_team(size(MPI_COMM_WORLD));
  if (unwinding_) {
    static_cast<void>(groups_.release());
  }
}

MPI_Comm Groups::comm() const { return PetscSubcommChild(groups_.get()); }

int Groups::index() const { return groups_.get()->color; }

SharedCounter::SharedCounter(MPI_Comm comm) {
  long* number = nullptr;
  const MPI_Aint bytes = rank(comm) == 0 ? sizeof(long) : 0;
  MPI_Win_allocate(bytes, sizeof(long), MPI_INFO_NULL, comm, &number, &window_);
  MPI_Win_lock_all(MPI_MODE_NOCHECK, window_);
  if (rank(comm) == 0) {
    *number = 0;
  }
  MPI_Win_sync(window_);
  MPI_Barrier(comm);
}

SharedCounter::~SharedCounter() {
  if (!unwinding_) {
    MPI_Win_unlock_all(window_);
    MPI_Win_free(&window_);
  }
}

long SharedCounter::fetch_add(long amount) {
  long before = 0;
  MPI_Fetch_and_op(&amount, &before, MPI_LONG, 0, 0, MPI_SUM, window_);
  MPI_Win_flush(0, window_);
  return before;
}

Letters::Letters(MPI_Comm comm) { MPI_Comm_dup(comm, &comm_); }

Letters::~Letters() {
  if (!unwinding_) {
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    MPI_Comm_free(&comm_);
  }
}

void Letters::send(std::string text) {
  const std::string& kept = sent_.emplace_back(std::move(text));
  MPI_Isend(kept.data(), static_cast<int>(kept.size()), MPI_CHAR, 0, letter_tag, comm_, &requests_.emplace_back());
}

bool Letters::any() const {
  int arrived = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, letter_tag, comm_, &arrived, MPI_STATUS_IGNORE);
  return arrived != 0;
}

std::string Letters::receive() {
  MPI_Status status;
  MPI_Probe(MPI_ANY_SOURCE, letter_tag, comm_, &status);
  int length = 0;
  MPI_Get_count(&status, MPI_CHAR, &length);
  std::string text(static_cast<std::size_t>(length), ' ');
  MPI_Recv(text.data(), length, MPI_CHAR, status.MPI_SOURCE, letter_tag, comm_, MPI_STATUS_IGNORE);
  return text;
}

}  // namespace sgdflux::la
