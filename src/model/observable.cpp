#include "sgdflux/model/observable.hpp"

#include <algorithm>

namespace sgdflux::model {
namespace {

/// The model's own parameters come first: in the report T is the model's T, whatever [parameters] calls T.
std::map<std::string, double> visible_constants(const Sde& sde, const std::map<std::string, double>& constants) {
  std::map<std::string, double> visible = sde.parameters().scalars();
  visible.insert(constants.begin(), constants.end());
  return visible;
}

}  // namespace

Observable::Observable(const Sde& sde, std::string name, const std::string& expression,
                       const std::map<std::string, double>& constants)
    : sde_(&sde), name_(std::move(name)), expression_(expression), symbols_(sde.variables()) {
  std::vector<std::string> all = symbols_;
  for (const Derived& quantity : sde.derived()) {
    all.push_back(quantity.name);
  }
  const std::map<std::string, double> visible = visible_constants(sde, constants);
  const std::vector<std::string> used = core::Formula(name_, expression, all, visible).used();
  for (std::size_t k = symbols_.size(); k < all.size(); ++k) {
    if (std::find(used.begin(), used.end(), all[k]) != used.end()) {
      symbols_.push_back(all[k]);
      derived_.push_back(static_cast<int>(k) - sde.dimension());
    }
  }
  formula_ = std::make_shared<core::Formula>(name_, expression, symbols_, visible);
}

Eigen::ArrayXd Observable::operator()(BatchView x) const {
  Batch columns(x.rows(), static_cast<Eigen::Index>(symbols_.size()));
  columns.leftCols(x.cols()) = x;
  for (std::size_t k = 0; k < derived_.size(); ++k) {
    columns.col(x.cols() + static_cast<Eigen::Index>(k)) = sde_->derive(derived_[k], x);
  }
  return formula_->evaluate(columns);
}

}  // namespace sgdflux::model
