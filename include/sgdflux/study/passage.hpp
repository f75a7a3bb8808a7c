#pragma once
/// First passage, quasi-stationary density, transition paths.
#include <mpi.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

/// Sets are where a formula is > 0. Which questions are asked: passage times when `start` is given, the
/// quasi-stationary density of `region` (or, without one, of the mesh when a wall absorbs), transition paths when
/// `from` and `to` are given.
struct PassageOptions : Options {
  std::optional<Eigen::VectorXd> start;
  std::shared_ptr<const model::Observable> exit;    ///< besides absorbing walls
  std::shared_ptr<const model::Observable> region;  ///< quasi-stationary in this set: its complement absorbs
  std::shared_ptr<const model::Observable> from, to;
  void validate(const model::Sde& sde) const;
};

/// `observables` of the base hold the means and covariances of the quasi-stationary density.
struct PassageAnswer : Answer {
  /// mean_time, variance (of the first-passage time from start); exit_rate, relaxation (next rate, what the
  /// quasi-stationary regime needs to set in); rate (transitions from → to per unit time), rate_backward (the same from
  /// the other committor), probability_reactive, transition_time
  std::map<std::string, core::Estimate> quantities;
};

/// Collective; every rank gets the same numbers. Fields: mean_time, variance_time (functions of the start);
/// quasi_stationary (density); density (stationary), committor_forward, committor_backward, reactive_density,
/// reactive_current/<x> (at centres). @throws SettingsError: exit set empty or containing the start, sets that overlap
/// or are empty, nothing asked.
[[nodiscard]] PassageAnswer passage(MPI_Comm comm, const model::Sde& sde, const PassageOptions& options,
                                    const std::vector<model::Observable>& observables = {});

}  // namespace sgdflux::study
