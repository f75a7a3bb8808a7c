#pragma once
/// Formulas that a person types: muParser syntax plus `pi`; `log` is natural, `^` power, comparisons, `?:`.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/types.hpp"

namespace sgdflux::core {

/// A scalar function of named symbols, evaluated over batches.
class Formula {
 public:
  /// Parses `expression` over the ordered `symbols` and the named `constants`.
  /// @throws SettingsError for a syntax error, an unknown symbol (nearest name offered), an assignment,
  ///         a comma list, or a symbol that is no identifier. `what` (say, "drift.x") starts the message.
  Formula(std::string what, std::string expression, std::vector<std::string> symbols,
          std::map<std::string, double> constants = {});
  ~Formula();
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;

  [[nodiscard]] const std::string& expression() const;
  /// The symbols that the expression really uses, a subset of those given.
  [[nodiscard]] std::vector<std::string> used() const;
  /// Value at one point; `values` in the order of the symbols.
  [[nodiscard]] double operator()(const std::vector<double>& values) const;
  /// Values at n points, shape n; `columns` is n × symbols, column k holding symbol k. NaN and inf pass.
  [[nodiscard]] Eigen::ArrayXd evaluate(BatchView columns) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// Value of an expression of constants only. @throws SettingsError as above, or when it is not finite.
[[nodiscard]] double evaluate_constant(const std::string& what, const std::string& expression,
                                       const std::map<std::string, double>& constants);

}  // namespace sgdflux::core
