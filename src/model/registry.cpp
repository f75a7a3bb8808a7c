#include "sgdflux/model/registry.hpp"

#include "model/models.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::model {
namespace {

struct Entry {
  ModelInfo info;
  std::unique_ptr<Sde> (*make)(const core::Settings&);
};

/// One line per model.
const std::vector<Entry>& table() {
  static const std::vector<Entry> entries = {
      {diagonal_network_info(), make_diagonal_network},
      {balance_pair_info(), make_balance_pair},
      {momentum_regression_info(), make_momentum_regression},
      {ornstein_uhlenbeck_info(), make_ornstein_uhlenbeck},
      {formula_info(), make_formula},
  };
  return entries;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Entry& entry : table()) {
    all.push_back(entry.info.name);
  }
  return all;
}

const Entry& entry_of(const std::string& name, const std::string& origin) {
  for (const Entry& entry : table()) {
    if (entry.info.name == name) {
      return entry;
    }
  }
  throw core::SettingsError(origin + core::unknown_name("model", name, names()));
}

}  // namespace

const std::vector<ModelInfo>& models() {
  static const std::vector<ModelInfo> infos = [] {
    std::vector<ModelInfo> all;
    for (const Entry& entry : table()) {
      all.push_back(entry.info);
    }
    return all;
  }();
  return infos;
}

const ModelInfo& describe(const std::string& name) { return entry_of(name, "").info; }

std::unique_ptr<Sde> make(const core::Settings& settings) {
  const core::Setting* name = settings.find("model.name");
  if (name == nullptr) {
    std::string known;
    for (const std::string& each : names()) {
      known += (known.empty() ? "" : ", ") + each;
    }
    throw core::SettingsError("model.name must be given: one of " + known);
  }
  const std::string origin = name->origin.empty() ? "" : name->origin + ": model.name: ";
  return entry_of(name->value, origin).make(settings);
}

}  // namespace sgdflux::model
