#pragma once
/// Ends of a diffusion in words.
#include <optional>
#include <string>

#include "sgdflux/model/sde.hpp"
#include "theory/probe.hpp"
#include "theory/trend.hpp"

namespace sgdflux::theory {

/// "s → −∞ (v = 0)".
[[nodiscard]] std::string where_text(const model::Sde& sde, const Probe& side);
/// "p(s) ~ exp(0.0005·s), p(v) ~ |v|^-0.9995".
[[nodiscard]] std::string decay_text(const model::Sde& sde, const Probe& side, const Trend& speed);

/// Where a derived quantity q tends at an end, and how: by the variable or its distance.
struct DerivedLimit {
  enum class Kind { unknown, constant, exponential, algebraic } kind = Kind::unknown;
  double rate = 0;   ///< q ~ e^{rate·x} or q ~ distance^rate
  double value = 0;  ///< limit: 0, ±inf or a number
};
[[nodiscard]] DerivedLimit derived_limit(const model::Sde& sde, const Probe& side, int which);

/// Exponent of the density of q by |q| where its law follows from those of p and q, ±inf where it is no power; empty
/// otherwise. (Logarithms beside a power are left out.)
[[nodiscard]] std::optional<double> derived_exponent(const Trend& speed, const DerivedLimit& limit);

}  // namespace sgdflux::theory
