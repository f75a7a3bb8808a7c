#pragma once
/// Numeric CSV files with a header line.
#include <string>
#include <vector>

namespace sgdflux::data {

/// Columns by name, all of equal length.
struct Table {
  std::string file;
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
  /// @throws SettingsError naming the nearest column.
  [[nodiscard]] const std::vector<double>& column(const std::string& name) const;
  [[nodiscard]] std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
};

/// @throws FileError naming file, line and column: missing, empty, ragged, non-numeric, duplicate names, no rows.
[[nodiscard]] Table read_csv(const std::string& file);

/// (x − mean)/standard deviation (population). @throws SettingsError when the column is constant.
[[nodiscard]] std::vector<double> standardized(const std::string& name, const std::vector<double>& x);

}  // namespace sgdflux::data
