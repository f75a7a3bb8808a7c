#pragma once
/// Derivatives of stationary averages by parameters of the model (docs/theory.md (5.19)): of all means, covariances and
/// formulas that have a value, on the mesh of the answer, with errors as for averages. With flux `limited` the set of
/// limited cells is held. A state space in parts has none.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/model/observable.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

/// The model at a value of the parameter near that of the question, and the same formulas for it.
struct Neighbour {
  std::unique_ptr<model::Sde> sde;
  std::vector<model::Observable> observables;  ///< in the order of the question's own
};

/// A parameter p that derivatives are asked by.
struct Variation {
  std::string parameter;  ///< key of the results
  double value = 0;       ///< of p in the question
  double step =
      0;  ///< of central differences of the coefficients by p, > 0; up to 2 steps to either side are looked at
  std::function<std::shared_ptr<const Neighbour>(double p)> at;
};

}  // namespace sgdflux::study
