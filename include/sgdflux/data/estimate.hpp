#pragma once
/// From a data set to model parameters with standard errors.
#include <map>
#include <string>
#include <vector>

#include "sgdflux/core/estimate.hpp"
#include "sgdflux/data/csv.hpp"

namespace sgdflux::data {

/// Moments that enter the diagonal network (Ziyin, Li, Ueda 2023): β₁ = E[x²], β₂ = E[xy], α₁ = Var[x²], α₂ = Cov[x²,
/// xy], α₃ = Var[xy] (population form, /N), their bootstrap standard errors (value, error per name beta1, beta2,
/// alpha1, alpha2, alpha3) and derived delta = α₁α₃ − α₂² and T_c = β₂/α₃ with theirs. With `standardize` x and y are
/// brought to mean 0 and variance 1, and so is every resample: β₁ = 1 then has no error. `replicas` seeded bootstrap
/// resamples of the rows (std::mt19937_64). @throws SettingsError for fewer than 2 replicas or rows.
[[nodiscard]] std::map<std::string, core::Estimate> network_moments(const std::vector<double>& x,
                                                                    const std::vector<double>& y, int replicas,
                                                                    unsigned long seed, bool standardize = false);

/// Linear regression of y on columns of X without intercept: Hessian H = XᵀX/N, its spectrum (decreasing), σ² = RSS/N,
/// least-squares weights; bootstrap standard errors for the `reported` top eigenvalues and for σ².
struct Regression {
  std::vector<std::string> columns;    ///< used
  std::vector<std::string> dropped;    ///< constant columns, named
  std::vector<double> spectrum;        ///< eigenvalues of H, decreasing
  std::vector<double> spectrum_error;  ///< of the first `reported`; NaN beyond
  core::Estimate sigma2;
  std::vector<double> weights;  ///< (XᵀX)⁺XᵀY in the order of `columns`
};
[[nodiscard]] Regression regression(const Table& table, const std::vector<std::string>& x, const std::string& y,
                                    bool standardize, int reported, int replicas, unsigned long seed);

}  // namespace sgdflux::data
