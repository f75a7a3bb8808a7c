#include "sgdflux/core/names.hpp"

#include <gtest/gtest.h>

namespace sgdflux::core {
namespace {

TEST(Names, NearestCountsExchangedNeighboursOnce) {
  EXPECT_EQ(nearest_name("dpeth", {"deaths", "depth", "path"}), "depth");
  EXPECT_EQ(nearest_name("ab", {"cd", "ba"}), "ba");
  EXPECT_EQ(nearest_name("T", {}), "");
}

TEST(Names, UnknownNameOffersTheNearestOrAll) {
  EXPECT_EQ(unknown_name("key", "gama", {"beta", "gamma"}), "unknown key 'gama'; did you mean 'gamma'?");
  EXPECT_EQ(unknown_name("model", "qqqqqq", {"a", "b"}), "unknown model 'qqqqqq'; known are a, b");
  EXPECT_EQ(unknown_name("model", "x", {}), "unknown model 'x'; none are known");
}

TEST(Names, IdentifiersAreNoFunctionsOrConstants) {
  for (const char* good : {"x", "theta1", "E", "my_rate", "e"}) {
    EXPECT_TRUE(is_identifier(good)) << good;
  }
  for (const char* bad : {"", "1x", "_x", "a-b", "a b", "sin", "log", "pi", "_pi", "min", "é"}) {
    EXPECT_FALSE(is_identifier(bad)) << bad;
  }
}

}  // namespace
}  // namespace sgdflux::core
