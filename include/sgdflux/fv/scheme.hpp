#pragma once
/// Which flux the generator is built from.
#include <string>
#include <vector>

namespace sgdflux::fv {

/// Flux between neighbouring cells.
enum class Flux {
  exact,     ///< 1-D: the two-point flux that is exact at the nodes (exponential fitting with integrated exponent)
  fitted,    ///< the same along every axis, correlations of the noise left out: what solvers precondition with
  monotone,  ///< positive for any noise: fitted where it is uncorrelated, else a jump process along lattice offsets
  order2,
  order4,
  order6,
  order8,   ///< central reconstruction of the flux functions BP and ½AP
  limited,  ///< order8, but towards monotone where the density would be negative: through faces or by shares of fluxes
};

[[nodiscard]] std::string to_string(Flux flux);
/// @throws SettingsError with the nearest name.
[[nodiscard]] Flux parse_flux(const std::string& name);
/// Those that may be asked for: all but fitted.
[[nodiscard]] std::vector<std::string> flux_names();
/// Half-width m of orders 2m; 1 for the two-point fluxes.
[[nodiscard]] int half_width(Flux flux);
[[nodiscard]] inline bool two_point(Flux flux) {
  return flux == Flux::exact || flux == Flux::fitted || flux == Flux::monotone;
}
/// monotone, and limited, which becomes monotone where it must.
[[nodiscard]] inline bool falls_back_on_monotone(Flux flux) { return flux == Flux::monotone || flux == Flux::limited; }
/// The order of convergence for smooth densities: 2m, or 1 for monotone and fitted, and the order of exact's cell sums,
/// 2.
[[nodiscard]] int order(Flux flux);

/// A flux with its damping: 0 central … 1 upwind-biased, in effect only where noise is (nearly) absent along an axis.
struct Scheme {
  Flux flux = Flux::order8;
  double damping = 1;
};

}  // namespace sgdflux::fv
