#include "modes.hpp"

#include <algorithm>
#include <sstream>

#include "paths.hpp"
#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/data/csv.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::cli {
namespace {

const std::string key = "model.rho";

std::string column_of(const core::Settings& settings, const std::string& file, const data::Table& table) {
  const std::string value = settings.text(key, "");
  if (value.size() > file.size() + 1) {
    return value.substr(file.size() + 2);  // behind "@file:"
  }
  const std::string usual = "hessian_eigenvalue";
  if (std::find(table.names.begin(), table.names.end(), usual) != table.names.end()) {
    return usual;
  }
  if (table.names.size() > 1) {
    fail_setting(settings, key,
                 file + " has " + std::to_string(table.names.size()) + " columns, none of them " + usual +
                     "; name one: @" + file + ":" + table.names.front());
  }
  return table.names.front();
}

}  // namespace

bool has_spectrum_file(const core::Settings& settings) { return settings.text(key, "").starts_with('@'); }

std::vector<double> read_eigenvalues(const core::Settings& settings) {
  if (settings.text("model.name", "") != "momentum-regression") {
    fail_setting(settings, key, "only momentum-regression takes a file of eigenvalues");
  }
  const std::string file = file_named_by(key, settings.text(key, ""));
  const data::Table table = data::read_csv(file);
  return at_origin(settings, key, "model.rho: ", [&] { return table.column(column_of(settings, file, table)); });
}

core::Settings with_eigenvalue(const core::Settings& settings, double eigenvalue) {
  core::Settings replaced = settings;
  replaced.set(key, core::exact_digits(eigenvalue), settings.find(key)->origin + ": " + settings.text(key, ""));
  return replaced;
}

std::vector<std::unique_ptr<model::Sde>> make_modes(const core::Settings& settings,
                                                    const std::vector<double>& eigenvalues) {
  std::vector<std::unique_ptr<model::Sde>> modes;
  for (const double eigenvalue : eigenvalues) {
    modes.push_back(model::make(with_eigenvalue(settings, eigenvalue)));
  }
  return modes;
}

}  // namespace sgdflux::cli
