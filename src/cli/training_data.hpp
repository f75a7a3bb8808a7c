#pragma once
/// [data] as what SGD is trained on.
#include <string>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/data/csv.hpp"
#include "sgdflux/sample/sgd_process.hpp"

namespace sgdflux::cli {

/// Columns of data.x by name (* is all but data.y). @throws SettingsError: unknown, named twice, all constant.
[[nodiscard]] std::vector<std::string> input_columns(const core::Settings& settings, const data::Table& table,
                                                     const std::string& y);

/// @throws SettingsError when the column is constant.
void reject_constant(const data::Table& table, const std::string& name);

/// data.file with data.x and data.y, or data.generate = linear with data.slope and data.label_noise. Constant columns
/// are left out. @throws SettingsError, FileError.
[[nodiscard]] sample::TrainingData read_training_data(const core::Settings& settings);

}  // namespace sgdflux::cli
