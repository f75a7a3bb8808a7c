#pragma once
/// Settings as text with their origin, and typed access to them.
#include <Eigen/Core>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace sgdflux::core {

/// One line of settings: its text and where it was written ("run.ini:12" or "command line").
struct Setting {
  std::string value;
  std::string origin;
};

/// An allowed range of numbers; an open end excludes its bound.
struct Range {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  bool lower_open = false;
  bool upper_open = false;
  bool integer = false;
  [[nodiscard]] bool contains(double value) const;
  /// "0 < value ≤ 1", "an integer ≥ 1", …
  [[nodiscard]] std::string describe() const;
};

/// All settings of a run by full key ("model.T"), later ones replacing earlier ones.
/// Numbers may be formulas of the constants in section [parameters], which may use each other in order.
class Settings {
 public:
  void set(const std::string& key, std::string value, std::string origin);
  void erase(const std::string& key);
  [[nodiscard]] const Setting* find(const std::string& key) const;
  [[nodiscard]] bool has(const std::string& key) const { return find(key) != nullptr; }
  /// Keys "section.…" with the section's name taken off, in the order of first appearance.
  [[nodiscard]] std::vector<std::string> keys(const std::string& section) const;
  [[nodiscard]] std::vector<std::string> sections() const;
  /// The constants of [parameters], evaluated. @throws SettingsError naming the key.
  [[nodiscard]] std::map<std::string, double> constants() const;

  /// Typed access; an absent key gives the default. Every error names key, value, origin and range.
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const;
  [[nodiscard]] std::string choice(const std::string& key, const std::string& otherwise,
                                   const std::vector<std::string>& allowed) const;
  [[nodiscard]] double real(const std::string& key, double otherwise, const Range& range = {}) const;
  [[nodiscard]] long integer(const std::string& key, long otherwise, Range range = {}) const;
  [[nodiscard]] bool flag(const std::string& key, bool otherwise) const;       ///< on/off, 1/0, true/false, yes/no
  [[nodiscard]] std::vector<std::string> words(const std::string& key) const;  ///< split at blanks outside brackets
  /// Blank-separated numbers (each may be a formula without blanks inside, or in brackets).
  [[nodiscard]] std::vector<double> list(const std::string& key, const std::vector<double>& otherwise,
                                         const Range& range = {}) const;
  /// Rows separated by ';'. @throws SettingsError for ragged rows.
  [[nodiscard]] Eigen::MatrixXd matrix(const std::string& key, const Eigen::MatrixXd& otherwise) const;

  /// @throws SettingsError for a key of `section` that is not in `known`, naming the nearest and the origin.
  void reject_unknown(const std::string& section, const std::vector<std::string>& known) const;

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& why) const;
  std::map<std::string, Setting> values_;
  std::vector<std::string> order_;
};

}  // namespace sgdflux::core
