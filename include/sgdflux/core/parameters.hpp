#pragma once
/// The parameter table of a model: read by the command line, `describe`, provenance and continuation.
#include <Eigen/Core>
#include <map>
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"

namespace sgdflux::core {

/// What a parameter holds.
enum class ParameterKind { real, integer, list, matrix, text };

/// One row of the table.
struct ParameterInfo {
  std::string name;
  std::string unit;      ///< "1", "1/time", …
  std::string meaning;   ///< one line
  std::string standard;  ///< default, as text; empty: must be given, unless optional
  ParameterKind kind = ParameterKind::real;
  Range range;            ///< of the number, or of every entry of a list or matrix
  bool optional = false;  ///< without a default it may be absent: has() tells
};

/// A table with values. Values are kept as matrices (1×1 for numbers, 1×n for lists) or as text.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::vector<ParameterInfo> table);

  /// Reads `section`.<name> for every row, defaults elsewhere. Keys of the section that are neither in the
  /// table nor in `others` are errors. @throws SettingsError.
  void read(const Settings& settings, const std::string& section, const std::vector<std::string>& others = {});

  [[nodiscard]] const std::vector<ParameterInfo>& table() const { return table_; }
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] bool given(const std::string& name) const;  ///< set by the user, not by default
  [[nodiscard]] double real(const std::string& name) const;
  [[nodiscard]] int integer(const std::string& name) const;
  [[nodiscard]] const Eigen::MatrixXd& matrix(const std::string& name) const;
  [[nodiscard]] const std::string& text(const std::string& name) const;
  void set(const std::string& name, double value);  ///< @throws SettingsError out of range
  /// Real and integer parameters by name: the constants that formulas may use.
  [[nodiscard]] std::map<std::string, double> scalars() const;

 private:
  [[nodiscard]] const ParameterInfo& info(const std::string& name) const;
  std::vector<ParameterInfo> table_;
  std::map<std::string, Eigen::MatrixXd> numbers_;
  std::map<std::string, std::string> texts_;
  std::vector<std::string> given_;
};

}  // namespace sgdflux::core
