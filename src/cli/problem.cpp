#include "problem.hpp"

#include <algorithm>
#include <array>

#include "known_keys.hpp"
#include "setting_errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::cli {
namespace {

/// Cells of an axis that nobody asked about, by dimension: a second or two at the default order.
core::Index default_cells(int dimension) {
  constexpr std::array<core::Index, core::max_dimension> cells{800, 96, 32, 20};
  return cells.at(static_cast<std::size_t>(std::clamp(dimension, 1, core::max_dimension) - 1));
}

std::vector<mesh::AxisSpec> file_axes(const core::Settings& settings, const model::Sde& sde) {
  if (!settings.has("mesh.file")) {
    return {};
  }
  const std::string file = settings.text("mesh.file", "");
  std::vector<mesh::AxisSpec> axes = mesh::read_mesh_file(file);
  for (const mesh::AxisSpec& axis : axes) {
    if (std::find(sde.variables().begin(), sde.variables().end(), axis.name) == sde.variables().end()) {
      throw core::SettingsError(file + ": " + core::unknown_name("variable", axis.name, sde.variables()));
    }
  }
  return axes;
}

mesh::AxisSpec axis_of(const core::Settings& settings, const std::string& variable,
                       const std::vector<mesh::AxisSpec>& shared, core::Index cells) {
  const std::string key = "mesh." + variable;
  if (settings.has(key)) {
    return at_origin(settings, key, "",
                     [&] { return mesh::parse_axis(variable, settings.text(key, ""), settings.constants()); });
  }
  const auto found =
      std::find_if(shared.begin(), shared.end(), [&](const mesh::AxisSpec& axis) { return axis.name == variable; });
  if (found != shared.end()) {
    return *found;
  }
  mesh::AxisSpec automatic;
  automatic.name = variable;
  automatic.cells = cells;
  return automatic;
}

std::vector<mesh::AxisSpec> read_mesh(const core::Settings& settings, const model::Sde& sde) {
  std::vector<std::string> known = sde.variables();
  known.emplace_back("file");
  settings.reject_unknown("mesh", known);
  const std::vector<mesh::AxisSpec> shared = file_axes(settings, sde);
  std::vector<mesh::AxisSpec> axes;
  for (const std::string& variable : sde.variables()) {
    axes.push_back(axis_of(settings, variable, shared, default_cells(sde.dimension())));
  }
  return axes;
}

study::Options read_options(const core::Settings& settings, const model::Sde& sde) {
  study::Options options;
  options.mesh = read_mesh(settings, sde);
  options.flux = settings.choice("scheme.flux", "auto",
                                 {"auto", "exact", "order2", "order4", "order6", "order8", "monotone", "limited"});
  const bool automatic = settings.text("scheme.damping", "auto") == "auto";
  options.damping = automatic ? -1 : settings.real("scheme.damping", -1, {.lower = 0, .upper = 1});
  options.estimate = settings.flag("scheme.estimate", true);
  options.max_cells = settings.integer("scheme.max_cells", 4000000, {.lower = 1});
  if (settings.text("scheme.tolerance", "auto") != "auto") {
    options.tolerance = settings.real("scheme.tolerance", 1e-6, {.lower = 1e-12, .upper = 1, .upper_open = true});
  }
  options.validate(sde);
  return options;
}

std::vector<model::Observable> read_observables(const core::Settings& settings, const model::Sde& sde) {
  std::vector<model::Observable> observables;
  for (const std::string& name : settings.keys("observe")) {
    if (!core::is_identifier(name)) {
      throw core::SettingsError(
          origin_of(settings, "observe." + name) + "observe." + name + ": '" + name +
          "' is no name: a letter, then letters, digits and '_', and no function or constant of formulas");
    }
    observables.push_back(read_formula(settings, sde, "observe." + name));
  }
  return observables;
}

bool is_accepted(const core::Settings& settings) {
  try {
    return model::make(settings) != nullptr;
  } catch (const core::SettingsError&) {
    return false;
  }
}

/// Writes down the defaults of the model, except those that give way to what was given (T to eta and batch).
void complete_model(core::Settings& settings, const model::Sde& sde) {
  for (const core::ParameterInfo& info : sde.parameters().table()) {
    core::Settings more = settings;
    more.set("model." + info.name, info.standard, "default");
    if (!settings.has("model." + info.name) && !info.standard.empty() && is_accepted(more)) {
      settings = std::move(more);
    }
  }
}

/// Values behind formulas, for those who read the settings.
void add_formula_notes(Resolved& resolved, const model::Sde& sde) {
  const auto add = [&](const std::string& key, double value) {
    const std::string note = formula_note(resolved.settings.text(key, ""), value);
    if (!note.empty()) {
      resolved.notes[key] = note;
    }
  };
  for (const auto& [name, value] : resolved.settings.constants()) {
    add("parameters." + name, value);
  }
  for (const auto& [name, value] : sde.parameters().scalars()) {
    if (resolved.settings.has("model." + name)) {
      add("model." + name, value);
    }
  }
}

}  // namespace

Problem pose(const core::Settings& settings) {
  Problem problem;
  problem.sde = model::make(settings);
  problem.options = read_options(settings, *problem.sde);
  problem.observables = read_observables(settings, *problem.sde);
  return problem;
}

Resolved resolve(const core::Settings& settings, const std::string& section) {
  Resolved resolved{settings, {}};
  complete(resolved.settings, "scheme");
  complete(resolved.settings, section);
  complete(resolved.settings, "output");
  const Problem problem = pose(resolved.settings);
  for (const mesh::AxisSpec& axis : problem.options.mesh) {
    if (!settings.has("mesh." + axis.name)) {
      resolved.settings.set("mesh." + axis.name, axis.to_string(), settings.has("mesh.file") ? "mesh.file" : "default");
    }
  }
  resolved.settings.erase("mesh.file");
  complete_model(resolved.settings, *problem.sde);
  add_formula_notes(resolved, *problem.sde);
  return resolved;
}

model::Observable read_formula(const core::Settings& settings, const model::Sde& sde, const std::string& key) {
  const auto dot = key.find('.');
  return at_origin(settings, key, key.substr(0, dot + 1), [&] {
    return model::Observable(sde, key.substr(dot + 1), settings.text(key, ""), settings.constants());
  });
}

}  // namespace sgdflux::cli
