#pragma once
/// Stationary autocorrelation, power spectrum, displacement.
#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

struct CorrelateOptions : Options {
  std::vector<double> times;        ///< increasing, > 0
  std::vector<double> frequencies;  ///< radians per unit time, increasing, > 0; empty: 1/times reversed
  void validate(const model::Sde& sde) const;
};

struct CorrelateAnswer : Answer {
  std::vector<double> times;
  Series autocorrelation;  ///< C(t) = E[f(x₀)f(x_t)] − ⟨f⟩²
  Series displacement;     ///< E(f(x_t) − f(x₀))² = 2(C(0) − C(t))
  Series exponent;         ///< c(t) = d ln displacement / d ln t
  std::vector<double> frequencies;
  Series power;                                ///< S(ω) = 2 Re ∫₀^∞ C(t)e^{−iωt}dt
  std::vector<double> reference_displacement;  ///< exact, where known
  std::string reference_source;
  int problems = 1;  ///< stationary problems solved (modes of a Hessian spectrum)
};

/// Of one formula. `observables` hold mean and variance of f. Fields: density. Collective.
[[nodiscard]] CorrelateAnswer correlate(MPI_Comm comm, const model::Sde& sde, const CorrelateOptions& options,
                                        const model::Observable& observable);

/// One independent problem per model (the modes of a Hessian spectrum), dealt out to the ranks of `comm`; correlations,
/// displacements and spectra are summed. `observable` is a formula of each model's own variables. Every rank gets the
/// same numbers. Collective.
[[nodiscard]] CorrelateAnswer correlate_sum(MPI_Comm comm, const std::vector<std::unique_ptr<model::Sde>>& modes,
                                            const CorrelateOptions& options, const std::string& observable,
                                            const std::map<std::string, double>& constants);

}  // namespace sgdflux::study
