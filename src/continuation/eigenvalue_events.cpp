#include "continuation/event_functions.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::continuation {

std::unique_ptr<EventFunction> real_to_complex_event() {
  throw core::InternalError("events of eigenvalues are not part of this build");
}

std::unique_ptr<EventFunction> gap_closes_event() {
  throw core::InternalError("events of eigenvalues are not part of this build");
}

}  // namespace sgdflux::continuation
