#include "sample/minibatch.hpp"

#include <numeric>
#include <utility>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

/// Blocks of four words have places attempt · 2⁵⁹ + number, number < 2⁵⁹. A draw: number = step · 2¹⁸ + member/4 with
/// step < 2⁴⁰, member < 2²⁰. A shuffle: epoch · ⌈N/4⌉ + position/4, which stays below 2⁵⁹ by the same limits.
constexpr int attempt_shift = 59;
constexpr int draw_shift = 18;
constexpr std::uint64_t attempts = 32;

/// What word number `which` of the block gives, or of the same block of further attempts.
std::uint32_t redraw(const Stream& stream, Index path, std::uint64_t block, Index which, std::uint32_t n) {
  std::uint32_t result = 0;
  for (std::uint64_t attempt = 1; attempt < attempts; ++attempt) {
    const Words more = words(stream, path, attempt << attempt_shift | block);
    if (reduce_word(more.value[which], n, result)) {
      return result;
    }
  }
  throw core::InternalError("32 random words in a row were rejected");
}

std::uint32_t below(std::uint32_t n, const Words& block, Index which, const Stream& stream, Index path,
                    std::uint64_t place) {
  std::uint32_t result = 0;
  return reduce_word(block.value[which], n, result) ? result : redraw(stream, path, place, which, n);
}

}  // namespace

Minibatches::Minibatches(const SgdOptions& options, Index rows)
    : seed_(options.seed), replaced_(options.replacement == Replacement::on), rows_(rows) {}

Minibatches::Cache Minibatches::cache(Index lanes) const {
  Cache cache;
  if (!replaced_) {
    cache.orders.resize(static_cast<std::size_t>(lanes * rows_));
    cache.path.assign(static_cast<std::size_t>(lanes), -1);
    cache.epoch.assign(static_cast<std::size_t>(lanes), -1);
  }
  return cache;
}

const std::uint32_t* Minibatches::rows(Index path, Index lane, const SgdStep& step, Cache& cache) const {
  if (replaced_) {
    draw(path, step, cache.drawn);
    return cache.drawn.data();
  }
  const auto at = static_cast<std::size_t>(lane);
  std::uint32_t* order = cache.orders.data() + lane * rows_;
  if (cache.path[at] != path || cache.epoch[at] != step.epoch) {
    shuffle(path, step.epoch, order);
    cache.path[at] = path;
    cache.epoch[at] = step.epoch;
  }
  return order + step.offset;
}

void Minibatches::draw(Index path, const SgdStep& step, std::vector<std::uint32_t>& drawn) const {
  const Stream stream{seed_, Purpose::data};
  const auto n = static_cast<std::uint32_t>(rows_);
  drawn.resize(static_cast<std::size_t>(step.size));
  for (Index member = 0; member < step.size; member += 4) {
    const std::uint64_t place =
        static_cast<std::uint64_t>(step.number) << draw_shift | static_cast<std::uint64_t>(member / 4);
    const Words block = words(stream, path, place);
    for (Index which = 0; which < std::min<Index>(4, step.size - member); ++which) {
      drawn[static_cast<std::size_t>(member + which)] = below(n, block, which, stream, path, place);
    }
  }
}

void Minibatches::shuffle(Index path, Index epoch, std::uint32_t* order) const {
  const Stream stream{seed_, Purpose::shuffle};
  const std::uint64_t first = static_cast<std::uint64_t>(epoch) * static_cast<std::uint64_t>((rows_ + 3) / 4);
  std::iota(order, order + rows_, 0U);
  for (Index position = 0; position + 1 < rows_; position += 4) {
    const std::uint64_t place = first + static_cast<std::uint64_t>(position / 4);
    const Words block = words(stream, path, place);
    for (Index which = 0; which < std::min<Index>(4, rows_ - 1 - position); ++which) {
      const Index from = position + which;
      std::swap(order[from],
                order[from + below(static_cast<std::uint32_t>(rows_ - from), block, which, stream, path, place)]);
    }
  }
}

}  // namespace sgdflux::sample
