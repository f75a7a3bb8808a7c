#include "sgdflux/sample/random.hpp"

#include <Random123/philox.h>

#include <bit>
#include <cmath>

#include "sgdflux/core/elementary.hpp"

namespace sgdflux::sample {
namespace {

using core::Index;

/// 52 bits of two words as an odd multiple of 2⁻⁵³: exact, inside (0, 1), symmetric about ½.
[[gnu::always_inline]] inline double unit_interval(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t mantissa = ((std::uint64_t{high} << 32) | low) >> 12;
  return std::bit_cast<double>(mantissa | std::bit_cast<std::uint64_t>(1.0)) - (1.0 - 0x1p-53);
}

/// Key: the seed. Counter: path (56 bits), purpose (8 bits), place (64 bits). For one seed Philox is a permutation of
/// the counters, so blocks of two purposes, paths or places never coincide; two seeds are two permutations.
struct Counter {
  philox4x32_key_t key;
  std::uint32_t purpose;
  std::uint32_t place_low;
  std::uint32_t place_high;

  Counter(const Stream& stream, std::uint64_t place)
      : key{{static_cast<std::uint32_t>(stream.seed), static_cast<std::uint32_t>(stream.seed >> 32)}},
        purpose(static_cast<std::uint32_t>(stream.purpose) << 24),
        place_low(static_cast<std::uint32_t>(place)),
        place_high(static_cast<std::uint32_t>(place >> 32)) {}

  [[gnu::always_inline]] philox4x32_ctr_t block(std::uint64_t path) const {
    const philox4x32_ctr_t counter = {
        {static_cast<std::uint32_t>(path), static_cast<std::uint32_t>(path >> 32) | purpose, place_low, place_high}};
    return philox4x32(counter, key);
  }
  [[gnu::always_inline]] void uniforms(std::uint64_t path, double& a, double& b) const {
    const philox4x32_ctr_t words = block(path);
    a = unit_interval(words.v[0], words.v[1]);
    b = unit_interval(words.v[2], words.v[3]);
  }
};

/// Pairs of uniform numbers to pairs of normal numbers, in place.
void box_muller(Index count, double* a, double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  for (Index i = 0; i < count; ++i) {
    const double radius = std::sqrt(-2.0 * core::elementary::log_normal(left[i]));
    const core::elementary::SineCosine direction = core::elementary::sincos_turn(right[i]);
    left[i] = radius * direction.cosine;
    right[i] = radius * direction.sine;
  }
}

}  // namespace

void uniforms(const Stream& stream, Index first, Index count, std::uint64_t place, double* a, double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  const Counter counter(stream, place);
  const auto path = static_cast<std::uint64_t>(first);
  for (Index i = 0; i < count; ++i) {
    counter.uniforms(path + static_cast<std::uint64_t>(i), left[i], right[i]);
  }
}

void normals(const Stream& stream, Index first, Index count, std::uint64_t place, double* a, double* b) {
  uniforms(stream, first, count, place, a, b);
  box_muller(count, a, b);
}

void scattered_normals(const Stream& stream, const std::uint64_t* paths, Index count, std::uint64_t place, double* a,
                       double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  const Counter counter(stream, place);
  for (Index i = 0; i < count; ++i) {
    counter.uniforms(paths[i], left[i], right[i]);
  }
  box_muller(count, a, b);
}

Words words(const Stream& stream, Index path, std::uint64_t place) {
  const philox4x32_ctr_t block = Counter(stream, place).block(static_cast<std::uint64_t>(path));
  return {{block.v[0], block.v[1], block.v[2], block.v[3]}};
}

}  // namespace sgdflux::sample
