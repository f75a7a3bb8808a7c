/// What fits in memory: how much there is, and the largest grid of the same proportions.
#include "study/memory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>

#include "study/free_memory.hpp"
#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

namespace fs = std::filesystem;

/// A tree of control groups in a temporary folder.
class Groups {
 public:
  Groups() {
    std::string pattern = (fs::temp_directory_path() / "sgdflux-groups-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~Groups() { fs::remove_all(root_); }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;
  [[nodiscard]] const fs::path& root() const { return root_; }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

 private:
  fs::path root_;
};

TEST(GroupMemory, IsTheLeastThatAGroupOrOneAboveItLeaves) {
  const Groups groups;
  groups.write("job/memory.max", "5000000\n");
  groups.write("job/memory.current", "2000000\n");
  groups.write("job/memory.stat", "anon 7\ninactive_file 500000\n");
  groups.write("job/step/memory.max", "max\n");
  groups.write("job/step/task/memory.max", "4000000\n");
  groups.write("job/step/task/memory.current", "100000\n");
  EXPECT_EQ(group_memory(groups.root(), "0::/job/step/task\n"), 3.5e6);
  groups.write("job/step/task/memory.max", "1000000\n");
  EXPECT_EQ(group_memory(groups.root(), "0::/job/step/task\n"), .9e6);
  EXPECT_EQ(group_memory(groups.root(), "0::/job/step\n"), 3.5e6);
}

TEST(GroupMemory, KnowsTheFirstVersionAndItsRootInsideAContainer) {
  const Groups groups;
  groups.write("memory/memory.limit_in_bytes", "3000000\n");
  groups.write("memory/memory.usage_in_bytes", "1000000\n");
  EXPECT_EQ(group_memory(groups.root(), "5:cpu:/x\n4:hugetlb,memory:/not/seen/from/here\n0::/\n"), 2e6);
  EXPECT_TRUE(std::isinf(group_memory(groups.root(), "5:cpu:/x\n0::/\n")));
  EXPECT_TRUE(std::isinf(group_memory(groups.root(), "")));
}

TEST(ProcessMemory, FollowsTheLimitOfTheProcess) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's shadow fills any limit of the address space";
#endif
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const double unlimited = process_memory();
  rlimit small = before;
  small.rlim_cur = rlim_t{3} << 30;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &small), 0);
  const double limited = process_memory();
  const Room room = usable_memory(MPI_COMM_SELF, 0);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_LT(limited, 3e9);
  EXPECT_GT(limited, 1e9);
  EXPECT_LT(limited, unlimited);
  EXPECT_LE(room.bytes, 3e9);
}

struct Question {
  std::string name;
  test::Lines model;
  std::vector<core::Index> cells;
  Demand demand;
  fv::Scheme scheme{fv::Flux::order8, 1};
};

void PrintTo(const Question& question, std::ostream* out) { *out << question.name; }

std::vector<mesh::AxisSpec> mesh_of(const model::Sde& sde, const std::vector<core::Index>& cells) {
  std::vector<std::string> axes;
  for (const core::Index count : cells) {
    axes.push_back("linear(-4, 4) " + std::to_string(count));
  }
  return test::make_mesh(sde, axes);
}

/// The numbers behind "at most about".
std::vector<core::Index> proposed(const std::string& message) {
  std::vector<core::Index> cells;
  std::string text = message.substr(std::min(message.size(), message.find("at most about")));
  for (std::smatch found; std::regex_search(text, found, std::regex("[0-9]+")); text = found.suffix()) {
    cells.push_back(std::stoll(found.str()));
  }
  return cells;
}

class LargestGrid : public testing::TestWithParam<Question> {};

TEST_P(LargestGrid, FitsAndHardlyALargerOneDoes) {
  const Question& question = GetParam();
  const auto sde = test::make_model(question.model);
  const auto require = [&](const std::vector<core::Index>& cells) {
    require_memory(MPI_COMM_SELF, *sde, mesh_of(*sde, cells), question.scheme, 2e9, question.demand);
  };
  const auto refusal = [&](const std::vector<core::Index>& cells) { return test::error_of([&] { require(cells); }); };
  const std::vector<core::Index> fits = proposed(refusal(question.cells));
  ASSERT_EQ(fits.size(), question.cells.size()) << refusal(question.cells);
  EXPECT_NO_THROW(require(fits));
  std::vector<core::Index> more = fits;
  for (std::size_t d = 0; d < more.size(); ++d) {
    EXPECT_GT(fits[d], 3);
    EXPECT_LE(std::abs(fits[d] * question.cells[0] - fits[0] * question.cells[d]),
              question.cells[0] + question.cells[d])
        << "proportions";
    more[d] += 1 + fits[d] / 1000;
  }
  EXPECT_NE(refusal(more), "");
}

std::vector<Question> questions() {
  const test::Lines plane{{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 1"}, {"noise_matrix", "1 0; 0 1"}};
  const test::Lines space{{"name", "ornstein-uhlenbeck"},
                          {"drift_matrix", "1 -1 0; 1 1 0; 0 0 1"},
                          {"noise_matrix", "1 0 0; 0 1 0; 0 0 1"}};
  const test::Lines momentum{{"name", "momentum-regression"}};
  const test::Lines modes{{"name", "momentum-regression"}, {"rho", "1 0.4"}};
  const test::Lines line{{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}};
  return {{"line", line, {1000000000}, {}, {fv::Flux::exact, 0}},
          {"plane", plane, {100000, 50000}, {}},
          {"plane_beyond_32_bits", plane, {1000000, 1000000}, {}},
          {"plane_monotone", plane, {20000, 20000}, {}, {fv::Flux::monotone, 0}},
          {"plane_inertial", momentum, {9000, 9000}, {}},
          {"plane_shifted", plane, {9000, 9000}, {Systems::shifted, 60}},
          {"plane_factored", plane, {9000, 9000}, {Systems::factored, 0}},
          {"space", space, {1000, 1000, 500}, {}},
          {"space_shifted", space, {1000, 1000, 1000}, {Systems::shifted, 60}},
          {"space_factored", space, {300, 300, 300}, {Systems::factored, 0}},
          {"four", modes, {90, 90, 90, 90}, {}},
          {"four_shifted", modes, {70, 70, 70, 70}, {Systems::shifted, 80}}};
}

INSTANTIATE_TEST_SUITE_P(Memory, LargestGrid, testing::ValuesIn(questions()),
                         [](const auto& tested) { return tested.param.name; });

TEST(RequireMemory, SaysWhatIsNeededWhatThereIsAndWhatFits) {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  const std::string message = test::error_of([&] {
    require_memory(MPI_COMM_SELF, *sde, mesh_of(*sde, {20000, 10000}), {fv::Flux::order8, 1}, 2e9);
  });
  EXPECT_NE(message.find("mesh: 20000 × 10000 cells need about "), std::string::npos) << message;
  EXPECT_NE(message.find(", but 2 GB are allowed: at most about "), std::string::npos) << message;
}

}  // namespace
}  // namespace sgdflux::study
