/// A rank that dies or runs out of memory takes the others along: an exit code that is not 0, words, no report.
#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace sgdflux::test {
namespace {

struct Work {
  std::string name;
  std::string arguments;
};

void PrintTo(const Work& work, std::ostream* out) { *out << work.name; }

const std::string rotation =
    "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1 -1; 1 1\nnoise_matrix = 1 0; 0 1\n[output]\ndir = out\n";

std::string plane(int cells) {
  const std::string axis = "linear(-5, 5) " + std::to_string(cells);
  return " run.ini --mesh.x1='" + axis + "' --mesh.x2='" + axis + "'";
}

/// Minutes of work each: with factors, without a matrix, over time.
std::vector<Work> long_work() {
  return {{"spectrum", "spectrum" + plane(380)},
          {"stationary", "stationary" + plane(2000)},
          {"evolve", "evolve" + plane(380) + " --evolve.initial='exp(-x1^2-x2^2)' --evolve.until=10"}};
}

class FailingRank : public testing::TestWithParam<Work> {
 protected:
  FailingRank() { sandbox_.write("run.ini", rotation); }

  /// Harms rank 1 of `ranks` in the middle of the work; what the run has said when all has ended.
  template <class Harm>
  std::string harmed(int ranks, const Harm& harm) {
    RunningRanks run(sandbox_, GetParam().arguments, ranks);
    const std::vector<pid_t> processes = run.at_work(0.4);
    EXPECT_EQ(static_cast<int>(processes.size()), ranks);
    if (static_cast<int>(processes.size()) == ranks) {
      harm(processes[1]);
    }
    exit_code_ = run.finish(120);
    EXPECT_NE(exit_code_, -1) << "ranks are left waiting for ever";
    for (const pid_t process : processes) {
      EXPECT_TRUE(ends(process, 10));
    }
    EXPECT_FALSE(sandbox_.exists("out/report.json"));
    EXPECT_FALSE(sandbox_.exists("out/settings.ini"));
    return sandbox_.read("../log");
  }

  Sandbox sandbox_;
  int exit_code_ = 0;
};

TEST_P(FailingRank, ThatIsKilledEndsAll) {
  const std::string said = harmed(3, [](pid_t process) { kill(process, SIGKILL); });
  EXPECT_EQ(exit_code_, 128 + SIGKILL) << said;
  EXPECT_NE(said.find("signal 9"), std::string::npos) << said;
}

TEST_P(FailingRank, WithoutMemoryEndsAllAndSaysSo) {
  const std::string said = harmed(2, [](pid_t process) { EXPECT_TRUE(starve(process)); });
  EXPECT_EQ(exit_code_, 1) << said;
  EXPECT_NE(said.find("out of memory"), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(Cli, FailingRank, testing::ValuesIn(long_work()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sgdflux::test
