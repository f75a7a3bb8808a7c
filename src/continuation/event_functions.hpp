#pragma once
/// The kinds of events, one factory each; make_events() knows all of them.
#include <memory>

#include "sgdflux/continuation/event.hpp"

namespace sgdflux::continuation {

/// Where the stationary density ceases to be normalisable, or to exist at all.
[[nodiscard]] std::unique_ptr<EventFunction> normalisability_event();
/// Where the density of a quantity turns infinite at a finite end of it. One variable.
[[nodiscard]] std::unique_ptr<EventFunction> origin_event();
/// Where interior maxima of marginal densities come and go.
[[nodiscard]] std::unique_ptr<EventFunction> mode_event();
/// Where two real eigenvalues become a pair, and back.
[[nodiscard]] std::unique_ptr<EventFunction> real_to_complex_event();
/// Where an eigenvalue besides the zero reaches the imaginary axis.
[[nodiscard]] std::unique_ptr<EventFunction> gap_closes_event();

}  // namespace sgdflux::continuation
