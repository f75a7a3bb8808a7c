#pragma once
/// The comparisons of a validation, one function each.
#include "check_list.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/study/sample.hpp"
#include "sgdflux/study/stationary.hpp"

namespace sgdflux::study {

/// What the comparisons add to.
struct Validation {
  MPI_Comm comm;
  const model::Sde& sde;
  const ValidateOptions& options;
  ValidateAnswer& answer;
  CheckList checks;
  std::vector<mesh::AxisSpec> mesh;  ///< that the solver settled on
};

/// Clipped moments by the solver, under the names that `sample` gives them: E[c] and Var[c] of c = min(max(q, low),
/// high), for quantities of `clip` that are the model's, on `mesh`. Collective.
[[nodiscard]] std::map<std::string, core::Estimate> clipped_moments(
    MPI_Comm comm, const model::Sde& sde, const Options& options, const std::vector<mesh::AxisSpec>& mesh,
    const std::map<std::string, std::pair<double, double>>& clip);

/// A field of an answer on all cells, C order. Collective.
[[nodiscard]] Eigen::ArrayXd gathered_field(MPI_Comm comm, const Answer& answer, const std::string& path,
                                            const mesh::Grid& grid);

/// Probabilities of all cells of the solved density, C order. Collective.
[[nodiscard]] Eigen::ArrayXd cell_probabilities(MPI_Comm comm, const StationaryAnswer& solved);

void compare_with_exact(const StationaryAnswer& solved, Validation& validation);
/// Moments, clipped moments, circulation; every sample's error is its standard error and that of the step's bias.
void compare_moments(const StationaryAnswer& solved, const SampleAnswer& paths, Validation& validation);
/// χ² of the joint density, Kolmogorov–Smirnov of the marginals.
void compare_densities(const StationaryAnswer& solved, const SampleAnswer& paths, Validation& validation);
/// Slowest eigenvalue from E[Q(x_t) Q*(x_0)] = e^{λt} E|Q|² of its left eigenfunction; displacement of every variable.
void compare_dynamics(const SampleAnswer& paths, Validation& validation);
/// SGD at every learning rate, and the limit of its gap.
void compare_sgd(Validation& validation);
/// Adds marginal histograms of `paths` to the arrays under `group`.
void add_marginals(const std::string& group, const SampleAnswer& paths, Answer& answer);

}  // namespace sgdflux::study
