#pragma once
/// What each model file offers to the registry: a description and a maker that reads section [model].
/// Makers throw SettingsError naming key, value and range.
#include <memory>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/model/info.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::model {

[[nodiscard]] ModelInfo diagonal_network_info();
[[nodiscard]] std::unique_ptr<Sde> make_diagonal_network(const core::Settings& settings);

[[nodiscard]] ModelInfo balance_pair_info();
[[nodiscard]] std::unique_ptr<Sde> make_balance_pair(const core::Settings& settings);

[[nodiscard]] ModelInfo momentum_regression_info();
[[nodiscard]] std::unique_ptr<Sde> make_momentum_regression(const core::Settings& settings);

[[nodiscard]] ModelInfo ornstein_uhlenbeck_info();
[[nodiscard]] std::unique_ptr<Sde> make_ornstein_uhlenbeck(const core::Settings& settings);

[[nodiscard]] ModelInfo formula_info();
[[nodiscard]] std::unique_ptr<Sde> make_formula(const core::Settings& settings);

/// Keys of section [model] that every model leaves to others.
[[nodiscard]] inline std::vector<std::string> shared_keys() { return {"name", "include"}; }

}  // namespace sgdflux::model
