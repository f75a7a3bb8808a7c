#pragma once
/// Ownership of SLEPc's eigensolvers; apart from handle.hpp because SLEPc's headers are slow to compile.
#include <slepceps.h>

#include "sgdflux/la/handle.hpp"

namespace sgdflux::la {

using EigenSolver = Handle<EPS, EPSDestroy>;

}  // namespace sgdflux::la
