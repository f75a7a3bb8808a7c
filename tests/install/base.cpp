/// A stranger's program against sgdflux::base: drift of dx = −2x dt + dW at x = 3 is −6, and its ends are unreachable.
#include <cmath>
#include <iostream>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/model/registry.hpp"
#include "sgdflux/theory/feller.hpp"

int main() {
  sgdflux::core::Settings settings;
  settings.set("model.name", "ornstein-uhlenbeck", "base.cpp");
  settings.set("model.drift_matrix", "2", "base.cpp");
  settings.set("model.noise_matrix", "1", "base.cpp");
  const auto sde = sgdflux::model::make(settings);
  const double drift = sde->drift(sgdflux::core::Batch::Constant(1, 1, 3.0))(0, 0);
  const auto ends = sgdflux::theory::classify(*sde);
  std::cout << "drift(3) = " << drift << ", normalisable: " << ends.normalisable() << '\n';
  return std::abs(drift + 6) < 1e-14 && ends.normalisable() ? 0 : 1;
}
