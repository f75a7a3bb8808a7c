#pragma once
/// Histograms and paths as fields and arrays.
#include "sgdflux/study/sample.hpp"

namespace sgdflux::study {

/// Adds the histogram as `density` and `density_error` (one or two variables), `marginal/<x>` and `marginal_error/<x>`
/// per variable (probability per unit of it, at the centres of its axis), and `path/<q>` of a few paths over
/// `path/time`.
void add_histogram_fields(MPI_Comm comm, const sample::Process& process, const sample::Recording& recording,
                          SampleAnswer& answer);

}  // namespace sgdflux::study
