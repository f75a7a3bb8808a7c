#pragma once
/// A model as a function of one parameter.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/model/observable.hpp"

namespace sgdflux::continuation {

/// One member of a family: the model at one value of the parameter, and what is asked of it there.
struct Member {
  std::unique_ptr<model::Sde> sde;
  std::vector<mesh::AxisSpec> mesh;            ///< as asked for: automatic axes are still automatic
  std::vector<model::Observable> observables;  ///< of `sde`, which they refer to
  std::map<std::string, double> constants;     ///< of [parameters] and the model's numbers: formulas of events see them
};

/// Members by the value of one parameter. Immutable; every member is made from scratch, so that nothing of one value
/// can survive in the next.
struct Family {
  std::string parameter;  ///< full key, e.g. model.T or parameters.sigma
  core::Range range;      ///< values that the parameter's own table allows; all reals for [parameters]
  /// @throws SettingsError where the model refuses the value (a formula of it may leave another parameter's range).
  std::function<Member(double value)> at;
};

}  // namespace sgdflux::continuation
