#include "sgdflux/core/parameters.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::core {
namespace {

/// Numbers of one row of the table as a matrix; `settings` has the key.
Eigen::MatrixXd read_numbers(const Settings& settings, const std::string& key, const ParameterInfo& row) {
  switch (row.kind) {
    case ParameterKind::real:
      return Eigen::MatrixXd::Constant(1, 1, settings.real(key, 0, row.range));
    case ParameterKind::integer: {
      static_cast<void>(settings.integer(key, 0, row.range));  // names the range of the table, where that is broken
      Range range = row.range;
      range.upper = std::min(range.upper, static_cast<double>(std::numeric_limits<int>::max()));
      return Eigen::MatrixXd::Constant(1, 1, static_cast<double>(settings.integer(key, 0, range)));
    }
    case ParameterKind::list: {
      const std::vector<double> values = settings.list(key, {}, row.range);
      return Eigen::Map<const Eigen::RowVectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
    }
    default:
      return settings.matrix(key, {});
  }
}

void check_entries(const Settings& settings, const std::string& key, const ParameterInfo& row,
                   const Eigen::MatrixXd& values) {
  if (!std::all_of(values.reshaped().begin(), values.reshaped().end(),
                   [&](double value) { return row.range.contains(value); })) {
    throw SettingsError(key + " = " + settings.text(key, "") + ": an entry is out of range; allowed is " +
                        row.range.describe());
  }
}

template <class Map>
const typename Map::mapped_type& value_of(const Map& values, const std::string& name) {
  const auto at = values.find(name);
  if (at == values.end()) {
    throw InternalError("parameter '" + name + "' has no value");
  }
  return at->second;
}

}  // namespace

Parameters::Parameters(std::vector<ParameterInfo> table) : table_(std::move(table)) {}

void Parameters::read(const Settings& settings, const std::string& section, const std::vector<std::string>& others) {
  std::vector<std::string> known = others;
  for (const ParameterInfo& row : table_) {
    known.push_back(row.name);
  }
  settings.reject_unknown(section, known);
  Settings resolved = settings;
  for (const ParameterInfo& row : table_) {
    const std::string key = section + "." + row.name;
    if (settings.has(key)) {
      given_.push_back(row.name);
    } else if (!row.standard.empty()) {
      resolved.set(key, row.standard, "default");
    } else if (row.optional) {
      continue;
    } else {
      throw SettingsError(key + " must be given: " + row.meaning);
    }
    if (row.kind == ParameterKind::text) {
      texts_[row.name] = resolved.text(key, "");
    } else {
      numbers_[row.name] = read_numbers(resolved, key, row);
      check_entries(resolved, key, row, numbers_[row.name]);
    }
  }
}

bool Parameters::has(const std::string& name) const { return numbers_.contains(name) || texts_.contains(name); }

bool Parameters::given(const std::string& name) const {
  return std::find(given_.begin(), given_.end(), name) != given_.end();
}

double Parameters::real(const std::string& name) const {
  const Eigen::MatrixXd& value = matrix(name);
  if (value.size() != 1) {
    throw InternalError("parameter '" + name + "' is no single number");
  }
  return value(0, 0);
}

int Parameters::integer(const std::string& name) const { return static_cast<int>(real(name)); }

const Eigen::MatrixXd& Parameters::matrix(const std::string& name) const { return value_of(numbers_, name); }

const std::string& Parameters::text(const std::string& name) const { return value_of(texts_, name); }

void Parameters::set(const std::string& name, double value) {
  const ParameterInfo& row = info(name);
  if (!row.range.contains(value)) {
    std::ostringstream message;
    message << name << " = " << value << ": out of range; allowed is " << row.range.describe();
    throw SettingsError(message.str());
  }
  numbers_[name] = Eigen::MatrixXd::Constant(1, 1, value);
}

std::map<std::string, double> Parameters::scalars() const {
  std::map<std::string, double> values;
  for (const ParameterInfo& row : table_) {
    const bool scalar = row.kind == ParameterKind::real || row.kind == ParameterKind::integer;
    if (scalar && has(row.name)) {
      values[row.name] = real(row.name);
    }
  }
  return values;
}

const ParameterInfo& Parameters::info(const std::string& name) const {
  std::vector<std::string> names;
  for (const ParameterInfo& row : table_) {
    if (row.name == name) {
      return row;
    }
    names.push_back(row.name);
  }
  throw SettingsError(unknown_name("parameter", name, names));
}

}  // namespace sgdflux::core
