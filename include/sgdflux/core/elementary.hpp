#pragma once
/// Elementary functions for loops over batches: inline, without branches and without tables, so that compilers
/// vectorise the loops they stand in, and made of IEEE additions, multiplications, divisions and integer operations
/// only. Compiled with -ffp-contract=off they give the same bits on every processor, at every vector width. Accuracies
/// hold against long double on 1e7 random arguments (measured again, on fewer, by tests/unit/core/elementary_test.cpp).
#include <bit>
#include <cstdint>
#include <limits>

namespace sgdflux::core::elementary {

namespace detail {

/// 1.5·2⁵²: adding it rounds |x| < 2⁵¹ to the nearest integer, which then stands in the lowest bits.
inline constexpr double shifter = 0x1.8p52;
inline constexpr std::uint64_t mantissa = (std::uint64_t{1} << 52) - 1;
inline constexpr double ln2_high = 0x1.62e42feep-1;  ///< 33 bits: products with exponents are exact
inline constexpr double ln2_low = 1.90821492927058770002e-10;

[[gnu::always_inline]] inline std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }
[[gnu::always_inline]] inline double real(std::uint64_t b) { return std::bit_cast<double>(b); }
/// 2^k for an integer k in −1022 … 1023 that is held by a double; 0 for k = −1023.
[[gnu::always_inline]] inline double power_of_two(double k) { return real(bits(k + (shifter + 1023)) << 52); }

/// 2(e^r − 1 − r)/r² for |r| ≤ ½ln2.
[[gnu::always_inline]] inline double exponential_rest(double r) {
  double q = 0x1.af38a9b0ec855p-25;
  q = q * r + 0x1.289185613a3d6p-21;
  q = q * r + 0x1.71de0dae63bb3p-18;
  q = q * r + 0x1.a019b90d2ae7ap-15;
  q = q * r + 0x1.a01a01a7c41d5p-12;
  q = q * r + 0x1.6c16c1788bd90p-9;
  q = q * r + 0x1.11111111109b3p-6;
  q = q * r + 0x1.5555555553d63p-4;
  q = q * r + 0x1.5555555555556p-2;
  return q * r + 1.0;
}

/// (sinh(x)/x − 1)/x² as a polynomial in z = x² ≤ 0.36.
[[gnu::always_inline]] inline double hyperbolic_rest(double z) {
  double p = 0x1.62f678e4e1d8fp-33;
  p = p * z + 0x1.ae62dca8d4910p-26;
  p = p * z + 0x1.71de3ae289400p-19;
  p = p * z + 0x1.a01a019fea5f2p-13;
  p = p * z + 0x1.111111111116fp-7;
  return p * z + 0x1.5555555555555p-3;
}

}  // namespace detail

/// e^x, error below 1.2 ulp; inf above 709.78, 0 below −707.7 (no subnormal results); NaN stays NaN.
[[gnu::always_inline]] inline double exp(double x) {
  using namespace detail;
  x = x > 710.0 ? 710.0 : x;
  x = x < -708.3 ? -708.3 : x;
  const double k = (x * 0x1.71547652b82fep0 + shifter) - shifter;
  const double r = (x - k * ln2_high) - k * ln2_low;
  // 2e^r·2^(k−1): 2^k itself may be out of range where e^x is not.
  return (2.0 + (2.0 * r + r * r * exponential_rest(r))) * power_of_two(k - 1.0);
}

/// ln x for normal, positive, finite x (anything else gives an arbitrary number), error below 2 ulp.
[[gnu::always_inline]] inline double log_normal(double x) {
  using namespace detail;
  // x = 2^k·m with m in [√½, √2) and ln m = 2 artanh s = 2s + s·R(s²), s = (m − 1)/(m + 1); R is fdlibm's.
  const std::uint64_t shifted = bits(x) + (bits(1.0) - bits(0x1.6a09e667f3bcdp-1));
  const double k = real((shifted >> 52) | bits(0x1p52)) - (0x1p52 + 1023);
  const double m = real((shifted & mantissa) + bits(0x1.6a09e667f3bcdp-1));
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double rest = 1.479819860511658591e-01;
  rest = rest * z + 1.531383769920937332e-01;
  rest = rest * z + 1.818357216161805012e-01;
  rest = rest * z + 2.222219843214978396e-01;
  rest = rest * z + 2.857142874366239149e-01;
  rest = rest * z + 3.999999999940941908e-01;
  rest = rest * z + 6.666666666666735130e-01;
  return k * ln2_high + (2.0 * s + (s * (rest * z) + k * ln2_low));
}

/// ln x, error below 2 ulp: −inf at 0, NaN below 0, inf at inf; subnormal numbers included.
[[gnu::always_inline]] inline double log(double x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const bool tiny = x < std::numeric_limits<double>::min();
  const double scaled = log_normal(tiny ? x * 0x1p54 : x);
  double value = tiny ? scaled - 0x1.2b708872320e2p5 : scaled;  // 54 ln 2
  value = x < infinity ? value : x;                             // inf and NaN stay
  value = x == 0.0 ? -infinity : value;
  return x < 0.0 ? std::numeric_limits<double>::quiet_NaN() : value;
}

struct SineCosine {
  double sine;
  double cosine;
};

/// sin(2πr) and cos(2πr) for |r| ≤ 1/8, error below 1.7 ulp.
[[gnu::always_inline]] inline SineCosine sincos_eighth(double r) {
  const double z = r * r;
  double p = 0x1.e4a9d9166f052p+1;
  p = p * z + -0x1.e3027dea82bd7p+3;
  p = p * z + 0x1.50783208843ebp+5;
  p = p * z + -0x1.32d2cce500387p+6;
  p = p * z + 0x1.466bc6775a476p+6;
  p = p * z + -0x1.4abbce625be52p+5;
  double q = -0x1.b2f3eb054afcdp+0;
  q = q * z + 0x1.f9ce245cada0bp+2;
  q = q * z + -0x1.a6d1eef479be1p+4;
  q = q * z + 0x1.e1f5068688d5bp+5;
  q = q * z + -0x1.55d3c7e3cb241p+6;
  q = q * z + 0x1.03c1f081b5ac0p+6;
  q = q * z + -0x1.3bd3cc9be45dep+4;
  return {r * (0x1.921fb54442d18p+2 + p * z), 1.0 + q * z};
}

/// The two exchanged if the lowest bit of `exchange` is set; signs reversed where the lowest bit of the others is.
[[gnu::always_inline]] inline SineCosine reflected(SineCosine x, std::uint64_t exchange, std::uint64_t minus_sine,
                                                   std::uint64_t minus_cosine) {
  using namespace detail;
  const std::uint64_t swap = (bits(x.sine) ^ bits(x.cosine)) & (0 - (exchange & 1));
  return {real((bits(x.sine) ^ swap) ^ (minus_sine << 63)), real((bits(x.cosine) ^ swap) ^ (minus_cosine << 63))};
}

/// sin(2πu) and cos(2πu) for |u| < 2⁴⁹, error below 1.7 ulp (u is reduced exactly); beyond, or not finite: arbitrary or
/// NaN.
[[gnu::always_inline]] inline SineCosine sincos_turn(double u) {
  using namespace detail;
  const double turned = 4.0 * u + shifter;
  const std::uint64_t quarter = bits(turned);
  // Odd quarters exchange the two, the sine is negative in 2 and 3, the cosine in 1 and 2.
  return reflected(sincos_eighth(u - 0.25 * (turned - shifter)), quarter, quarter >> 1, (quarter + 1) >> 1);
}

struct Hyperbolic {
  double sinh;
  double cosh;
};

/// sinh x and cosh x, error below 2 ulp (relative, also near 0); ±inf beyond 709.78, NaN stays NaN.
[[gnu::always_inline]] inline Hyperbolic hyperbolic(double x) {
  const double grown = exp(x);
  const double shrunk = exp(-x);
  const double z = x * x;
  const double small = x + x * z * detail::hyperbolic_rest(z);
  return {z < 0.36 ? small : 0.5 * (grown - shrunk), 0.5 * (grown + shrunk)};
}

}  // namespace sgdflux::core::elementary
