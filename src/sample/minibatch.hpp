#pragma once
/// Which rows of a table each path sees in a step: index draws and reshuffled orders without bias.
#include <cstdint>
#include <vector>

#include "sample/sgd_schedule.hpp"
#include "sgdflux/sample/random.hpp"

namespace sgdflux::sample {

/// Place of the two normal numbers of member number `member` of a minibatch: generated data.
[[nodiscard]] inline std::uint64_t member_place(std::int64_t step, Index member) {
  return static_cast<std::uint64_t>(step) << 20 | static_cast<std::uint64_t>(member);
}

/// Reduces a word to 0 … n − 1 without bias (Lemire 2019); false: the word must be rejected, with probability < n/2³².
[[nodiscard]] inline bool reduce_word(std::uint32_t word, std::uint32_t n, std::uint32_t& result) {
  const std::uint64_t product = std::uint64_t{word} * n;
  result = static_cast<std::uint32_t>(product >> 32);
  const auto rest = static_cast<std::uint32_t>(product);
  return rest >= n || rest >= (0U - n) % n;
}

/// The rows of a minibatch are a function of (seed, path, step): with replacement every member is an unbiased draw;
/// without, the epoch's order is a Fisher–Yates shuffle that is a function of (seed, path, epoch).
class Minibatches {
 public:
  /// Orders of the epochs that the paths of a block are in, made anew where they do not match.
  struct Cache {
    std::vector<std::uint32_t> orders;  ///< lanes × rows, path by path
    std::vector<Index> path, epoch;     ///< whose orders these are; −1: nobody's
    std::vector<std::uint32_t> drawn;   ///< rows of the minibatch at hand
  };

  Minibatches(const SgdOptions& options, Index rows);
  [[nodiscard]] Cache cache(Index lanes) const;
  /// The step.size rows that path number `path`, which is in place `lane` of its block, sees. Valid until the next
  /// call.
  [[nodiscard]] const std::uint32_t* rows(Index path, Index lane, const SgdStep& step, Cache& cache) const;

 private:
  void draw(Index path, const SgdStep& step, std::vector<std::uint32_t>& drawn) const;
  void shuffle(Index path, Index epoch, std::uint32_t* order) const;

  std::uint64_t seed_;
  bool replaced_;
  Index rows_;
};

}  // namespace sgdflux::sample
