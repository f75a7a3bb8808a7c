#pragma once
/// Counter-based random numbers: the number at a place is a function of (seed, purpose, path, place), so that results
/// depend neither on ranks nor on how paths are grouped. Philox4x32-10: Salmon, Moraes, Dror & Shaw 2011 (Random123).
#include <cstdint>

#include "sgdflux/core/types.hpp"

namespace sgdflux::sample {

/// Streams that never meet. The seed is Philox's key; its counter is made of path (56 bits), purpose (8 bits) and place
/// (64 bits), all different for different streams, and Philox permutes the counters of a key. `division` is for parts
/// of steps.
enum class Purpose : std::uint32_t { noise = 0, bridge = 1, data = 2, shuffle = 3, start = 4, user = 5, division = 6 };

struct Stream {
  std::uint64_t seed = 1;
  Purpose purpose = Purpose::noise;
};

/// Two independent standard normal numbers for each of the paths first … first + count − 1 at `place` (Box–Muller from
/// one Philox block of 128 bits per path), |value| < 8.6. `a` and `b` hold `count` numbers each. `first` is below 2⁵⁶.
void normals(const Stream& stream, core::Index first, core::Index count, std::uint64_t place, double* a, double* b);

/// Two independent numbers, uniform on the odd multiples of 2⁻⁵³ in (0, 1), laid out as above.
void uniforms(const Stream& stream, core::Index first, core::Index count, std::uint64_t place, double* a, double* b);

/// The four 32-bit words of the block of one path: for index draws and shuffles.
struct Words {
  std::uint32_t value[4];
};
[[nodiscard]] Words words(const Stream& stream, core::Index path, std::uint64_t place);

}  // namespace sgdflux::sample
