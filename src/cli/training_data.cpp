#include "training_data.hpp"

#include <algorithm>

#include "setting_errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::cli {
namespace {

bool is_constant(const std::vector<double>& column) {
  return std::all_of(column.begin(), column.end(), [&](double value) { return value == column.front(); });
}

sample::TrainingData generated(const core::Settings& settings) {
  static_cast<void>(settings.choice("data.generate", "linear", {"linear"}));
  for (const std::string key : {"data.file", "data.x", "data.y"}) {
    if (settings.has(key)) {
      fail_setting(settings, key, "data.generate makes the data; give a file or generate, not both");
    }
  }
  if (settings.flag("data.standardize", false)) {
    fail_setting(settings, "data.standardize", "generated data have mean 0 and variances of their own; leave it off");
  }
  sample::TrainingData data;
  data.slope = settings.real("data.slope", 1);
  data.label_noise = settings.real("data.label_noise", 1, {.lower = 0});
  return data;
}

Eigen::VectorXd column(const data::Table& table, const std::string& name, bool standardize) {
  const std::vector<double> values = standardize ? data::standardized(name, table.column(name)) : table.column(name);
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace

void reject_constant(const data::Table& table, const std::string& name) {
  if (is_constant(table.column(name))) {
    throw core::SettingsError("column '" + name + "' of " + table.file +
                              " is constant, so nothing can be estimated from it");
  }
}

std::vector<std::string> input_columns(const core::Settings& settings, const data::Table& table, const std::string& y) {
  std::vector<std::string> names = settings.words("data.x");
  if (names == std::vector<std::string>{"*"}) {
    names = table.names;
    names.erase(std::remove(names.begin(), names.end(), y), names.end());
  }
  for (const std::string& name : names) {
    static_cast<void>(table.column(name));
    if (name == y || std::count(names.begin(), names.end(), name) > 1) {
      throw core::SettingsError("data.x: column '" + name + "' is named twice among inputs and label");
    }
  }
  if (std::all_of(names.begin(), names.end(),
                  [&](const std::string& name) { return is_constant(table.column(name)); })) {
    reject_constant(table, names.empty() ? y : names.front());
  }
  return names;
}

sample::TrainingData read_training_data(const core::Settings& settings) {
  if (settings.has("data.generate")) {
    return generated(settings);
  }
  for (const std::string key : {"data.slope", "data.label_noise"}) {
    if (settings.has(key)) {
      fail_setting(settings, key, "it belongs to data.generate = linear, which is not given");
    }
  }
  require_setting(settings, "data.file", "the CSV file that SGD is trained on; or data.generate = linear");
  require_setting(settings, "data.x", "the column(s) of the inputs, or * for all but data.y");
  require_setting(settings, "data.y", "the column of the labels");
  const data::Table table = data::read_csv(settings.text("data.file", ""));
  const std::string y = settings.text("data.y", "");
  reject_constant(table, y);
  const bool standardize = settings.flag("data.standardize", false);
  std::vector<std::string> names = input_columns(settings, table, y);
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&](const std::string& name) { return is_constant(table.column(name)); }),
              names.end());
  sample::TrainingData data;
  data.x.resize(static_cast<Eigen::Index>(table.rows()), static_cast<Eigen::Index>(names.size()));
  for (std::size_t k = 0; k < names.size(); ++k) {
    data.x.col(static_cast<Eigen::Index>(k)) = column(table, names[k], standardize);
  }
  data.y = column(table, y, standardize);
  return data;
}

}  // namespace sgdflux::cli
