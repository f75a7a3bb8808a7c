#pragma once
/// The parameter of a family as what derivatives are asked by.
#include "sgdflux/continuation/family.hpp"
#include "sgdflux/study/sensitivity.hpp"

namespace sgdflux::continuation {

/// The family's parameter about `value`, differenced over steps of 1e−3 of it (1e−4 of `whole`, the length of the
/// branch, near zero), shorter near the ends of its range; nothing where the range leaves no room.
[[nodiscard]] std::vector<study::Variation> variations(const Family& family, double value, double whole);

}  // namespace sgdflux::continuation
