#include "averages.hpp"

namespace sgdflux::study {
namespace {

std::vector<std::string> named_quantities(const model::Sde& sde) {
  std::vector<std::string> names = sde.variables();
  for (const model::Derived& quantity : sde.derived()) {
    names.push_back(quantity.name);
  }
  return names;
}

}  // namespace

core::Batch base_functions(const model::Sde& sde, const std::vector<model::Observable>& observables,
                           const core::BatchView& points) {
  const int named = sde.dimension() + static_cast<int>(sde.derived().size());
  core::Batch values(points.rows(), named + static_cast<Eigen::Index>(observables.size()));
  values.leftCols(sde.dimension()) = points;
  for (int k = sde.dimension(); k < named; ++k) {
    values.col(k) = sde.derive(k - sde.dimension(), points);
  }
  for (std::size_t k = 0; k < observables.size(); ++k) {
    values.col(named + static_cast<Eigen::Index>(k)) = observables[k](points);
  }
  return values;
}

Eigen::ArrayXd Average::values(const core::Batch& base, const Eigen::ArrayXd& means) const {
  if (second < 0) {
    return base.col(first);
  }
  return (base.col(first) - means(first)) * (base.col(second) - means(second));
}

Eigen::ArrayXd Average::change(const core::Batch& base, const Eigen::ArrayXd& means, const core::Batch& changes) const {
  if (second < 0) {
    return changes.col(first);
  }
  return changes.col(first) * (base.col(second) - means(second)) +
         (base.col(first) - means(first)) * changes.col(second);
}

std::vector<Average> list_averages(const model::Sde& sde, const std::vector<model::Observable>& observables) {
  std::vector<Average> list;
  const std::vector<std::string> names = named_quantities(sde);
  const int count = static_cast<int>(names.size());
  for (int i = 0; i < count; ++i) {
    const std::string& a = names[static_cast<std::size_t>(i)];
    list.push_back({"mean." + a, i, -1, -1});
    for (int j = i; j < count; ++j) {
      list.push_back({"cov." + a + "." + names[static_cast<std::size_t>(j)], i, j, -1});
    }
  }
  for (int k = 0; k < static_cast<int>(observables.size()); ++k) {
    list.push_back({observables[static_cast<std::size_t>(k)].name(), count + k, -1, k});
  }
  return list;
}

}  // namespace sgdflux::study
