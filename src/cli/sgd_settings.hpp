#pragma once
/// SGD on data as [sample], [data] and the model describe it.
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/model/sde.hpp"
#include "sgdflux/sample/sgd_process.hpp"

namespace sgdflux::cli {

/// @throws SettingsError where there is no SGD behind the model.
void require_sgd(const model::Sde& sde);

/// SGD whose limit is the model `sde`; `eta` and `batch` > 0 replace those of the settings.
/// @throws SettingsError: a model without SGD, wrong data, ranges; FileError.
[[nodiscard]] std::unique_ptr<sample::Process> read_sgd(const core::Settings& settings, const model::Sde& sde,
                                                        double eta = 0, sample::Index batch = 0);

/// Steps in which every row has its turn: without replacement, at constant batch size; else 0.
[[nodiscard]] std::int64_t read_epoch(const core::Settings& settings);

/// Writes down eta and batch that are left to the model: its own, or eta = T·batch.
void complete_sgd(core::Settings& settings, const model::Sde& sde);

/// Remarks where the SDE is not the limit of this SGD: other data, another temperature.
[[nodiscard]] std::vector<std::string> compare_sgd(const core::Settings& settings, const model::Sde& sde);

}  // namespace sgdflux::cli
