#pragma once
/// What an answer of `sample` says of a recording, part by part.
#include "sgdflux/study/sample.hpp"

namespace sgdflux::study {

/// How many paths diverged and when the first one had; a remark.
void count_divergence(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer);
/// Changes of means over the run; beyond the limit a doubt, without burn-in a remark. The model's variables and derived
/// quantities, raw and clipped, and the user's formulas decide.
void check_burn_in(const model::Sde& sde, const SampleOptions& options, const sample::Recording& recording,
                   SampleAnswer& answer);
/// Quantiles of all quantities, and where they were clipped.
void add_quantiles(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer);
void add_correlations(const sample::Process& process, const SampleOptions& options, const sample::Recording& recording,
                      SampleAnswer& answer);
/// Means over the paths that live, at the end of the burn-in and of every block.
void add_series(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer);
/// The bias of circulations is that of finite differences, which halving the integrator's step would not show alone: it
/// moves from the observables to the errors of the step.
void move_circulation_steps(SampleAnswer& answer);

}  // namespace sgdflux::study
