#include "sgdflux/sample/random.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sgdflux::sample {
namespace {

using core::Index;

std::vector<std::uint32_t> block(std::uint64_t seed, std::uint32_t purpose, Index path, std::uint64_t place) {
  const Words found = sample::words({seed, static_cast<Purpose>(purpose)}, path, place);
  return {std::begin(found.value), std::end(found.value)};
}

/// kat_vectors of Random123, "philox4x32 10": counter words, key words, result.
TEST(Philox, KnownAnswersOfRandom123) {
  EXPECT_EQ(block(0, 0, 0, 0), (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(block(~std::uint64_t{0}, 0xff, 0x00ffffffffffffff, ~std::uint64_t{0}),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(block(0x299f31d0a4093822, 0x85, 0xa308d3243f6a88, 0x0370734413198a2e),
            (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, BlocksAreThoseOfRandom123) {
  std::vector<double> a(1000), b(1000);
  for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{123456789012345}}) {
    const Stream stream{0x0123456789abcdef, Purpose::shuffle};
    const Index first = 0xfffffe00;  // crosses the border of the low word
    uniforms(stream, first, 1000, place, a.data(), b.data());
    for (Index i = 0; i < 1000; ++i) {
      const auto path = static_cast<std::uint64_t>(first + i);
      const philox4x32_ctr_t counter = {{static_cast<std::uint32_t>(path),
                                         static_cast<std::uint32_t>(path >> 32) | 3u << 24,
                                         static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(place >> 32)}};
      const philox4x32_key_t key = {{0x89abcdef, 0x01234567}};
      const philox4x32_ctr_t expected = philox4x32(counter, key);
      EXPECT_EQ(block(stream.seed, 3, first + i, place),
                (std::vector<std::uint32_t>{expected.v[0], expected.v[1], expected.v[2], expected.v[3]}));
      const std::uint64_t bits = std::uint64_t{expected.v[1]} << 32 | expected.v[0];
      EXPECT_EQ(a[static_cast<std::size_t>(i)], static_cast<double>(2 * (bits >> 12) + 1) * 0x1p-53);
    }
  }
}

std::vector<double> numbers(const Stream& stream, Index paths, std::uint64_t from, std::uint64_t places) {
  std::vector<double> all(static_cast<std::size_t>(2 * paths) * places);
  for (std::uint64_t k = 0; k < places; ++k) {
    double* a = all.data() + 2 * static_cast<std::size_t>(paths) * k;
    normals(stream, 0, paths, from + k, a, a + paths);
  }
  return all;
}

/// Mean of the product of two samples in units of its standard error under independence.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum / std::sqrt(static_cast<double>(a.size()));
}

/// Standard errors of the first moments of n normal numbers: √(1, 2, 15, 96)/√n.
TEST(Normals, HaveTheMomentsOfTheStandardNormalLaw) {
  const std::vector<double> x = numbers({7}, 1000, 0, 1000);
  const double n = static_cast<double>(x.size());
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (const double v : x) {
    m1 += v / n;
    m2 += v * v / n;
    m3 += v * v * v / n;
    m4 += v * v * v * v / n;
  }
  EXPECT_LT(std::abs(m1), 4 / std::sqrt(n));
  EXPECT_LT(std::abs(m2 - 1), 4 * std::sqrt(2 / n));
  EXPECT_LT(std::abs(m3), 4 * std::sqrt(15 / n));
  EXPECT_LT(std::abs(m4 - 3), 4 * std::sqrt(96 / n));
}

/// 1.63/√n is the 1 % point of Kolmogorov's law.
TEST(Normals, FollowTheNormalDistributionFunction) {
  std::vector<double> x = numbers({11}, 500, 0, 400);
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double law = 0.5 * std::erfc(-x[i] / std::sqrt(2.0));
    distance = std::max({distance, law - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - law});
  }
  EXPECT_LT(distance, 1.63 / std::sqrt(n));
}

TEST(Normals, AreIndependentAcrossPathsPlacesPurposesAndSeeds) {
  const std::vector<double> base = numbers({1}, 1000, 0, 200);
  EXPECT_LT(std::abs(correlation(base, numbers({1}, 1000, 1, 200))), 4);
  EXPECT_LT(std::abs(correlation(base, numbers({2}, 1000, 0, 200))), 4);
  EXPECT_LT(std::abs(correlation(base, numbers({1, Purpose::bridge}, 1000, 0, 200))), 4);
  EXPECT_LT(std::abs(correlation(base, numbers({2, Purpose::bridge}, 1000, 0, 200))), 4);
  std::vector<double> neighbour = base;
  std::rotate(neighbour.begin(), neighbour.begin() + 1, neighbour.end());
  EXPECT_LT(std::abs(correlation(base, neighbour)), 4);
  std::rotate(neighbour.begin(), neighbour.begin() + 999, neighbour.end());  // a against b of one block
  EXPECT_LT(std::abs(correlation(base, neighbour)), 4);
}

TEST(Normals, OfAPathDoNotDependOnWhichPathsAreAskedForTogether) {
  std::vector<double> a(1000), b(1000), c(1000), d(1000);
  normals({3}, 0, 1000, 17, a.data(), b.data());
  for (const Index count : {1, 3, 8, 100}) {
    for (Index first = 0; first + count <= 1000; first += 97) {
      normals({3}, first, count, 17, c.data(), d.data());
      EXPECT_TRUE(std::equal(c.begin(), c.begin() + count, a.begin() + first));
      EXPECT_TRUE(std::equal(d.begin(), d.begin() + count, b.begin() + first));
    }
  }
}

TEST(Uniforms, LieInsideTheUnitIntervalOnOddMultiples) {
  std::vector<double> a(100000), b(100000);
  uniforms({5}, 0, 100000, 0, a.data(), b.data());
  double sum = 0;
  for (const double u : a) {
    ASSERT_GT(u, 0);
    ASSERT_LT(u, 1);
    ASSERT_EQ(std::fmod(u * 0x1p53, 2), 1);
    sum += u;
  }
  EXPECT_NEAR(sum / 1e5, 0.5, 4 * std::sqrt(1. / 12 / 1e5));
}

}  // namespace
}  // namespace sgdflux::sample
