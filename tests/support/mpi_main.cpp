// main of the test programs that run under mpiexec: a failure on any rank is a failure of the program on every rank,
// and ranks other than 0 print only what failed.
#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdio>
#include <cstdlib>

#include "sgdflux/la/session.hpp"

namespace {

/// Prints failures of a rank that is otherwise silent.
class FailurePrinter : public testing::EmptyTestEventListener {
 public:
  explicit FailurePrinter(int rank) : rank_(rank) {}

 private:
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) {
      std::fprintf(stderr, "rank %d: %s:%d: %s\n", rank_, result.file_name() == nullptr ? "?" : result.file_name(),
                   result.line_number(), result.message());
    }
  }
  int rank_;
};

void silence_other_ranks(int rank) {
  if (rank != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter(rank));  // GoogleTest owns it
  }
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const sgdflux::la::Session session;
  silence_other_ranks(sgdflux::la::rank(MPI_COMM_WORLD));
  int failed = RUN_ALL_TESTS();
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
