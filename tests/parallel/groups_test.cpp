/// Groups of ranks, what they share out and what they tell rank 0, on any number of ranks.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/groups.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

/// One number of every rank, on every rank.
std::vector<int> gathered(int mine) {
  std::vector<int> all(static_cast<std::size_t>(size(world)));
  MPI_Allgather(&mine, 1, MPI_INT, all.data(), 1, MPI_INT, world);
  return all;
}

TEST(Groups, AreContiguousAndDifferInSizeByAtMostOneTheLargerOnesFirst) {
  for (int count = 1; count <= size(world); ++count) {
    const Groups groups(world, count);
    const std::vector<int> indices = gathered(groups.index());
    const std::vector<int> sizes = gathered(size(groups.comm()));
    EXPECT_EQ(indices.front(), 0);
    EXPECT_EQ(indices.back(), count - 1);
    EXPECT_TRUE(std::is_sorted(indices.begin(), indices.end()));
    EXPECT_TRUE(std::is_sorted(sizes.rbegin(), sizes.rend()));
    EXPECT_LE(sizes.front() - sizes.back(), 1);
    EXPECT_EQ(groups.equal(), sizes.front() == sizes.back());
  }
}

TEST(Groups, SumAmongThemselves) {
  const Groups groups(world, std::min(2, size(world)));
  const std::vector<int> indices = gathered(groups.index());
  double expected = 0;
  for (std::size_t other = 0; other < indices.size(); ++other) {
    expected += indices[other] == groups.index() ? static_cast<double>(other + 1) : 0;
  }
  EXPECT_EQ(sum(groups.comm(), rank(world) + 1.), expected);
}

TEST(Groups, AreRefusedOutsideOfOneToTheNumberOfRanks) {
  for (const int count : {-1, 0, size(world) + 1}) {
    const std::string error = test::error_of([&] { const Groups groups(world, count); });
    EXPECT_TRUE(test::has(error, std::to_string(count) + " groups")) << error;
    EXPECT_TRUE(test::has(error, "<= " + std::to_string(size(world)))) << error;
  }
}

TEST(SharedCounter, GivesEveryNumberOnce) {
  SharedCounter counter(world);
  constexpr int each = 50;
  std::vector<int> mine;
  for (int i = 0; i < each; ++i) {
    mine.push_back(static_cast<int>(counter.fetch_add(1)));
  }
  EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
  std::vector<int> all(mine.size() * static_cast<std::size_t>(size(world)));
  MPI_Allgather(mine.data(), each, MPI_INT, all.data(), each, MPI_INT, world);
  std::sort(all.begin(), all.end());
  std::vector<int> expected(all.size());
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

TEST(SharedCounter, WaitsForNobodyOnOneMachine) {
  constexpr double absence = 1;
  SharedCounter counter(world);
  MPI_Barrier(world);
  const double begin = MPI_Wtime();
  if (rank(world) == 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(absence));  // outside of MPI
  } else {
    static_cast<void>(counter.fetch_add(1));
    EXPECT_LT(MPI_Wtime() - begin, 0.8 * absence);
  }
  MPI_Barrier(world);
  EXPECT_EQ(counter.fetch_add(0), size(world) - 1);
}

TEST(Letters, ArriveWholeAndInOrder) {
  Letters letters(world);
  constexpr int each = 3;
  const auto text = [](int from, int number) {
    return std::to_string(from) + " " + std::to_string(number) + std::string(number == 1 ? 200000 : 0, '.');
  };
  for (int number = 0; rank(world) > 0 && number < each; ++number) {
    letters.send(text(rank(world), number));
  }
  std::vector<int> next(static_cast<std::size_t>(size(world)));
  for (int i = 0; rank(world) == 0 && i < each * (size(world) - 1); ++i) {
    const std::string letter = letters.receive();
    const int from = std::stoi(letter);
    EXPECT_EQ(letter, text(from, next[static_cast<std::size_t>(from)]++));
  }
  EXPECT_FALSE(rank(world) == 0 && letters.any());
}

}  // namespace
}  // namespace sgdflux::la
