#pragma once
/// momentum-regression over a whole Hessian spectrum: model.rho = @file.csv, one model per eigenvalue.
#include <memory>
#include <vector>

#include "sgdflux/core/settings.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::cli {

/// Whether model.rho names a file.
[[nodiscard]] bool has_spectrum_file(const core::Settings& settings);

/// The eigenvalues of "@file.csv" (column hessian_eigenvalue, or the only one) or "@file.csv:column".
/// @throws FileError, SettingsError for another model or an ambiguous column.
[[nodiscard]] std::vector<double> read_eigenvalues(const core::Settings& settings);

/// The settings with model.rho replaced by one eigenvalue.
[[nodiscard]] core::Settings with_eigenvalue(const core::Settings& settings, double eigenvalue);

/// One model per eigenvalue. @throws SettingsError
[[nodiscard]] std::vector<std::unique_ptr<model::Sde>> make_modes(const core::Settings& settings,
                                                                  const std::vector<double>& eigenvalues);

}  // namespace sgdflux::cli
