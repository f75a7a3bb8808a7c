#pragma once
/// Questions that have no answer as posed.
#include <string>
#include <vector>

#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

/// Why there can be no stationary density, or empty: an absorbing wall; a linear drift that does not pull back; in one
/// variable, an end of the natural domain where the speed density is not integrable or that is reached in finite time
/// without a wall being asked for (Feller). Not collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] std::string refuse_question(const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh);

}  // namespace sgdflux::study
