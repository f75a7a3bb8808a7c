#include "validation_suite.hpp"

#include <filesystem>

namespace sgdflux::cli {

const std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>>& validation_suite() {
  static const std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> suite{
      {"two-layer-network",
       {{"model.name", "diagonal-network"},
        {"model.T", "0.1"},
        {"sample.paths", "4000"},
        {"sample.steps", "20000"},
        {"sample.dt", "0.005"},
        {"sample.every", "40"}}},
      {"network-and-sgd",
       {{"model.name", "diagonal-network"},
        {"model.T", "0.01"},
        {"data.generate", "linear"},
        {"sample.paths", "4000"},
        {"sample.dt", "0.01"},
        {"sample.every", "10"}}},
      {"linear-neuron",
       {{"model.name", "diagonal-network"},
        {"model.depth", "0"},
        {"model.T", "0.05"},
        {"sample.dt", "0.01"},
        {"sample.every", "10"}}},
      {"deep-network",
       {{"model.name", "diagonal-network"},
        {"model.depth", "2"},
        {"model.width", "3"},
        {"model.T", "0.1"},
        {"sample.dt", "0.005"},
        {"sample.every", "20"}}},
      {"momentum",
       {{"model.name", "momentum-regression"},
        {"model.eta", "0.1"},
        {"model.beta", "0.9"},
        {"model.batch", "4"},
        {"sample.dt", "0.02"},
        {"sample.every", "10"}}},
      {"rotating-flow",
       {{"model.name", "ornstein-uhlenbeck"},
        {"model.drift_matrix", "1 -2; 2 1"},
        {"model.noise_matrix", "1 0; 0.3 0.8"},
        {"sample.dt", "0.01"},
        {"sample.every", "10"}}},
      {"double-well",
       {{"model.name", "formula"},
        {"model.variables", "x"},
        {"model.drift.x", "x - x^3"},
        {"model.noise.x.1", "0.8"},
        {"sample.paths", "4000"},
        {"sample.steps", "20000"},
        {"sample.dt", "0.02"},
        {"sample.every", "10"}}},
  };
  return suite;
}

core::Settings suite_settings(const core::Settings& settings, std::size_t position) {
  const auto& [name, lines] = validation_suite()[position];
  core::Settings own = settings;
  for (const auto& [key, value] : lines) {
    if (!settings.has(key)) {
      own.set(key, value, "suite " + name);
    }
  }
  own.set("output.dir", (std::filesystem::path(settings.text("output.dir", "")) / name).string(), "suite " + name);
  return own;
}

}  // namespace sgdflux::cli
