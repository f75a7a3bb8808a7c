#pragma once
/// A scalar function of the state: a variable, a derived quantity or a formula of them and the parameters.
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/formula.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::model {

/// f(x) by formula over variables, derived quantities, scalar parameters of the model and constants.
class Observable {
 public:
  /// @throws SettingsError for a formula that does not parse or uses an unknown name.
  Observable(const Sde& sde, std::string name, const std::string& expression,
             const std::map<std::string, double>& constants = {});
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& expression() const { return expression_; }
  /// Values at n points, shape n; NaN and inf pass.
  [[nodiscard]] Eigen::ArrayXd operator()(BatchView x) const;

 private:
  const Sde* sde_;
  std::string name_;
  std::string expression_;
  std::vector<std::string> symbols_;  // variables, then the derived quantities that the formula uses
  std::vector<int> derived_;
  std::shared_ptr<core::Formula> formula_;
};

}  // namespace sgdflux::model
