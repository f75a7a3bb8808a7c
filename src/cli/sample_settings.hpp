#pragma once
/// [sample]: paths of the SDE, or SGD on [data].
#include "problem.hpp"
#include "sgdflux/sample/sde_process.hpp"
#include "sgdflux/study/sample.hpp"

namespace sgdflux::cli {

/// Everything but hooks. `problem` must outlive the options. @throws SettingsError, FileError.
[[nodiscard]] study::SampleOptions read_sample(const core::Settings& settings, const Problem& problem);

/// Step, integrator, seed and start of kind sde. @throws SettingsError
[[nodiscard]] sample::SdeOptions read_sde(const core::Settings& settings, const model::Sde& sde);

/// sample.kind = sgd.
[[nodiscard]] bool is_sgd(const core::Settings& settings);

/// Fills in what [sample] leaves to the model (eta and batch of kind sgd, the step of kind sde).
void complete_sample(core::Settings& settings, const model::Sde& sde);

/// Formulas of [observe] over the quantities of a process. @throws SettingsError
[[nodiscard]] std::vector<sample::NamedFormula> read_path_formulas(const core::Settings& settings,
                                                                   const model::Sde& sde,
                                                                   const sample::Process& process);

}  // namespace sgdflux::cli
