#include "sgdflux/sample/random.hpp"

#include <Random123/philox.h>

#include <cmath>

#include "sgdflux/core/elementary.hpp"

namespace sgdflux::sample {
namespace {

using core::Index;
namespace elementary = core::elementary;

constexpr std::uint64_t low_half = 0xffffffff;

std::uint64_t purpose_bits(const Stream& stream) { return static_cast<std::uint64_t>(stream.purpose) << 24; }

/// Words 0, 1 and 2, 3 of a block.
struct Pair {
  std::uint64_t first;
  std::uint64_t second;
};

/// Philox4x32-10. Key: the seed. Counter: path (56 bits), purpose (8 bits), place (64 bits). For one seed Philox is a
/// permutation of the counters, so blocks of two purposes, paths or places never coincide; two seeds are two
/// permutations. Every 32-bit word has a 64-bit lane: loops over Random123's own function vectorise too, but run half
/// as fast, because the words of its products have to be sorted (GCC 12, AVX-512).
[[gnu::always_inline]] inline Pair philox(std::uint64_t seed, std::uint64_t purpose, std::uint64_t path,
                                          std::uint64_t place) {
  std::uint64_t c0 = path & low_half;
  std::uint64_t c1 = path >> 32 | purpose;
  std::uint64_t c2 = place & low_half;
  std::uint64_t c3 = place >> 32;
  std::uint64_t k0 = seed & low_half;
  std::uint64_t k1 = seed >> 32;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = (c0 & low_half) * PHILOX_M4x32_0;
    const std::uint64_t p1 = (c2 & low_half) * PHILOX_M4x32_1;
    c0 = (p1 >> 32) ^ c1 ^ k0;
    c2 = (p0 >> 32) ^ c3 ^ k1;
    c1 = p1 & low_half;
    c3 = p0 & low_half;
    k0 = (k0 + PHILOX_W32_0) & low_half;
    k1 = (k1 + PHILOX_W32_1) & low_half;
  }
  return {c1 << 32 | c0, c3 << 32 | c2};
}

/// The upper 52 bits as an odd multiple of 2⁻⁵³: exact, inside (0, 1), symmetric about ½.
[[gnu::always_inline]] inline double unit_interval(std::uint64_t bits) {
  return elementary::detail::real(bits >> 12 | elementary::detail::bits(1.0)) - (1.0 - 0x1p-53);
}

/// Random bits, in the disguise of doubles, to pairs of normal numbers in place (Box & Muller). The direction is one in
/// the octants next to the first axis, reflected at the diagonal and both axes by three of the bits that unit_interval
/// leaves.
void box_muller(Index count, double* a, double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  for (Index i = 0; i < count; ++i) {
    const std::uint64_t bits = elementary::detail::bits(right[i]);
    const double radius = std::sqrt(-2.0 * elementary::log_normal(unit_interval(elementary::detail::bits(left[i]))));
    const elementary::SineCosine octant = elementary::sincos_eighth(0.25 * (unit_interval(bits) - 0.5));
    const elementary::SineCosine direction = elementary::reflected(octant, bits, bits >> 1, bits >> 2);
    left[i] = radius * direction.cosine;
    right[i] = radius * direction.sine;
  }
}

}  // namespace

void uniforms(const Stream& stream, Index first, Index count, std::uint64_t place, double* a, double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  const std::uint64_t seed = stream.seed;
  const std::uint64_t purpose = purpose_bits(stream);
  const auto path = static_cast<std::uint64_t>(first);
  for (Index i = 0; i < count; ++i) {
    const Pair bits = philox(seed, purpose, path + static_cast<std::uint64_t>(i), place);
    left[i] = unit_interval(bits.first);
    right[i] = unit_interval(bits.second);
  }
}

void normals(const Stream& stream, Index first, Index count, std::uint64_t place, double* a, double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  const std::uint64_t seed = stream.seed;
  const std::uint64_t purpose = purpose_bits(stream);
  const auto path = static_cast<std::uint64_t>(first);
  for (Index i = 0; i < count; ++i) {
    const Pair bits = philox(seed, purpose, path + static_cast<std::uint64_t>(i), place);
    left[i] = elementary::detail::real(bits.first);
    right[i] = elementary::detail::real(bits.second);
  }
  box_muller(count, a, b);
}

Words words(const Stream& stream, Index path, std::uint64_t place) {
  const Pair bits = philox(stream.seed, purpose_bits(stream), static_cast<std::uint64_t>(path), place);
  return {{static_cast<std::uint32_t>(bits.first), static_cast<std::uint32_t>(bits.first >> 32),
           static_cast<std::uint32_t>(bits.second), static_cast<std::uint32_t>(bits.second >> 32)}};
}

}  // namespace sgdflux::sample
