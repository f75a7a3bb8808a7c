#include "sgdflux/theory/gibbs.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "sgdflux/core/errors.hpp"
#include "theory/line_quadrature.hpp"

namespace sgdflux::theory {
namespace {

LineMeasure measure(const Potential& potential, double temperature, double guess) {
  if (!(temperature > 0)) {
    throw core::SettingsError("temperature = " + std::to_string(temperature) + ": must be positive");
  }
  return {[&potential, temperature](double x) { return -potential(x) / temperature; }, guess, 0};
}

}  // namespace

GibbsLaw::GibbsLaw(Potential potential, double temperature, double guess)
    : potential_(std::move(potential)),
      temperature_(temperature),
      guess_(guess),
      log_norm_(measure(potential_, temperature, guess).log_norm()) {}

double GibbsLaw::log_density(double x) const { return -potential_(x) / temperature_ - log_norm_; }

double GibbsLaw::mean(const std::function<double(double)>& f) const {
  return measure(potential_, temperature_, guess_).mean(f);
}

KineticGibbsLaw::KineticGibbsLaw(Potential potential, double temperature, double guess)
    : position_(std::move(potential), temperature, guess), temperature_(temperature) {}

double KineticGibbsLaw::log_density(double x, double v) const {
  return position_.log_density(x) - v * v / (2 * temperature_) - 0.5 * std::log(2 * std::numbers::pi * temperature_);
}

}  // namespace sgdflux::theory
