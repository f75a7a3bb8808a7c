#include "evolve_options.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::study {
namespace {

const std::vector<std::string> steppers{"auto", "exponential", "bdf", "arkimex", "rosw", "cn", "beuler", "sdirk"};

/// Fluxes whose evolving density sdirk keeps positive.
bool keeps_positive(const std::string& flux) { return flux == "limited" || flux == "monotone"; }

}  // namespace

int stepper_order(const std::string& stepper) {
  return stepper == "beuler" ? 1 : stepper == "arkimex" || stepper == "rosw" ? 3 : stepper == "sdirk" ? 4 : 2;
}

EvolveOptions completed(const EvolveOptions& given) {
  EvolveOptions options = given;
  if (options.stepper == "auto") {
    options.stepper = keeps_positive(options.flux) ? "sdirk" : options.schedule ? "bdf" : "exponential";
  }
  const int last = static_cast<int>(options.outputs.size()) - 1;
  if (std::find(options.snapshots.begin(), options.snapshots.end(), last) == options.snapshots.end()) {
    options.snapshots.push_back(last);
  }
  return options;
}

void EvolveOptions::validate(const model::Sde& sde) const {
  Options::validate(sde);
  if (!(until > 0) || !std::isfinite(until)) {
    throw core::SettingsError("evolve.until = " + std::to_string(until) + " is out of range: until > 0");
  }
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (!(outputs[k] >= 0 && outputs[k] <= until) || (k > 0 && !(outputs[k] > outputs[k - 1]))) {
      throw core::SettingsError(
          "evolve.outputs: " + std::to_string(outputs[k]) +
          " is out of order or range: increasing times, 0 ≤ time ≤ until = " + std::to_string(until));
    }
  }
  if (outputs.empty()) {
    throw core::SettingsError("evolve.outputs: at least one time is needed");
  }
  if (std::find(steppers.begin(), steppers.end(), stepper) == steppers.end()) {
    throw core::SettingsError(core::unknown_name("evolve.stepper", stepper, steppers));
  }
  if (schedule && stepper == "exponential") {
    throw core::SettingsError(
        "evolve.stepper = exponential is for constant parameters: use bdf, arkimex, rosw, cn or beuler with a "
        "schedule");
  }
  if (stepper == "sdirk" && !keeps_positive(flux)) {
    throw core::SettingsError("evolve.stepper = sdirk is for scheme.flux = limited or monotone, and it is " + flux +
                              ": use exponential, bdf, arkimex, rosw, cn or beuler");
  }
  if (flux == "limited" && stepper != "auto" && stepper != "sdirk") {
    throw core::SettingsError("evolve.stepper = " + stepper +
                              " does not limit fluxes: use sdirk (or auto) with scheme.flux = limited");
  }
  if (!(step >= 0) || !(tolerance > 0)) {
    throw core::SettingsError("evolve.step = " + std::to_string(step) + ", evolve.tolerance = " +
                              std::to_string(tolerance) + ": step ≥ 0 (0: adaptive), tolerance > 0");
  }
}

}  // namespace sgdflux::study
