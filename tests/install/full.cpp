/// A stranger's program against sgdflux::sgdflux: dx = −2x dt + dW has the stationary variance 1/4.
#include <cmath>
#include <iostream>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/model/registry.hpp"
#include "sgdflux/study/stationary.hpp"

int main() {
  const sgdflux::la::Session session;
  sgdflux::core::Settings settings;
  settings.set("model.name", "ornstein-uhlenbeck", "full.cpp");
  settings.set("model.drift_matrix", "2", "full.cpp");
  settings.set("model.noise_matrix", "1", "full.cpp");
  const auto sde = sgdflux::model::make(settings);
  sgdflux::study::StationaryOptions options;
  options.mesh = {sgdflux::mesh::parse_axis("x1", "linear(-5, 5) 400")};
  const auto answer = sgdflux::study::stationary(MPI_COMM_WORLD, *sde, options);
  const double variance = answer.observables.at("cov.x1.x1").value.value();
  std::cout << to_string(answer.verdict) << ", variance " << variance << '\n';
  return std::abs(variance - 0.25) < 1e-5 ? 0 : 1;
}
