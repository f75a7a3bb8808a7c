#pragma once
/// What an answer of `sample` says of a recording, part by part.
#include "sgdflux/study/sample.hpp"

namespace sgdflux::study {

/// How many paths were lost and when the first one was: a remark, beyond a share a doubt.
void count_divergence(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer);
/// Changes of means over the run; beyond the limit a doubt, without burn-in a remark. The model's variables and derived
/// quantities, raw and clipped, and the user's formulas decide. Then
/// whether their spread still changes.
void check_burn_in(const model::Sde& sde, const SampleOptions& options, const sample::Recording& recording,
                   SampleAnswer& answer);
/// What the distance of records keeps from being seen: circulations, phases of epochs.
void remark_on_records(const sample::Process& process, const SampleOptions& options, SampleAnswer& answer);
/// Variances to which values beyond the clipping range matter get a reason: few paths decide them, and how few is not
/// seen in the scatter of those that were drawn.
void mark_tails(SampleAnswer& answer);
/// Quantiles of all quantities, and where they were clipped.
void add_quantiles(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer);
void add_correlations(const sample::Process& process, const SampleOptions& options, const sample::Recording& recording,
                      SampleAnswer& answer);
/// Means over the paths that live, at the end of the burn-in and of every block.
void add_series(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer);
/// The bias of circulations by the finite step, from double steps where there are no half ones; it moves from the
/// observables to the errors of the step. A discrete process has none.
void move_circulation_steps(const SampleOptions& options, SampleAnswer& answer);

}  // namespace sgdflux::study
