#pragma once
/// Whole studies on one rank, by the names of the report.
#include "numerics.hpp"
#include "sgdflux/study/stationary.hpp"

namespace sgdflux::test {

struct StudySetup {
  std::string flux = "auto";
  double damping = -1;
  bool estimate = true;
  std::optional<double> tolerance = {};
  core::Index max_cells = 4000000;
};

inline study::StationaryAnswer study_of(const model::Sde& sde, const std::vector<std::string>& axes,
                                        const StudySetup& setup = {},
                                        const std::vector<model::Observable>& observables = {},
                                        MPI_Comm comm = MPI_COMM_SELF) {
  study::StationaryOptions options;
  options.mesh = make_mesh(sde, axes);
  options.flux = setup.flux;
  options.damping = setup.damping;
  options.estimate = setup.estimate;
  options.tolerance = setup.tolerance;
  options.max_cells = setup.max_cells;
  return study::stationary(comm, sde, options, observables);
}

/// The value of an observable that must have one.
inline double value(const study::Answer& answer, const std::string& name) {
  const auto found = answer.observables.find(name);
  if (found == answer.observables.end() || !found->second.value) {
    ADD_FAILURE() << name
                  << " has no value: " << (found == answer.observables.end() ? answer.reason : found->second.reason);
    return std::numeric_limits<double>::quiet_NaN();
  }
  return *found->second.value;
}

/// |value − truth| ≤ error for an observable that has both.
inline void expect_covered(const study::Answer& answer, const std::string& name, double truth) {
  const double found = value(answer, name);
  const double error = answer.observables.at(name).error.value_or(-1);
  EXPECT_LE(std::abs(found - truth), error) << name << " = " << number(found) << ", truth " << number(truth);
}

}  // namespace sgdflux::test
