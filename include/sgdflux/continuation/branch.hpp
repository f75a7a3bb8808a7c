#pragma once
/// One branch: stationary states, eigenvalues and events over one parameter.
#include <mpi.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sgdflux/continuation/event.hpp"
#include "sgdflux/continuation/tracking.hpp"

namespace sgdflux::continuation {

struct Options {
  double from = 0;
  double to = 0;
  /// Distances > 0 along the parameter: the first step, the least and the largest one. 0: |to − from| times 1/50, 1e−4
  /// and 1/10.
  double step = 0;
  double min_step = 0;
  double max_step = 0;
  double change = 0.1;  ///< distance of neighbouring densities that steps aim at, see StepControl, 0 < change < 1
  int track = 0;        ///< eigenvalues besides the zero that are followed
  std::vector<std::string> events;              ///< kinds to look for
  std::map<std::string, std::string> formulas;  ///< the user's events by name
  std::vector<std::string> stop;                ///< kinds and names that end the branch
  double tolerance = 1e-9;                      ///< of located events, relative to |to − from|
  study::StationaryOptions stationary;          ///< scheme and errors; the mesh is that of the members
  bool sensitivities = true;                    ///< d⟨f⟩/dparameter of means, covariances and formulas
  /// @throws SettingsError naming continue.<key>, value and range.
  void validate(const Family& family) const;
};

/// One accepted value of the parameter.
struct Point {
  double parameter = 0;
  study::StationaryAnswer answer;  ///< sensitivities are among its members
  std::vector<Tracked> eigenvalues;
};

/// What a run needs to go on, besides the points and events so far.
struct Progress {
  double next_step = 0;
};

struct Branch {
  std::vector<Point> points;  ///< in the direction of the run; without the fields of their densities
  std::vector<Event> events;  ///< in the direction of the run
  Progress progress;
  std::string ended;  ///< why it ended, in words
};

/// Told of everything that is final, at once. Collective.
struct Observer {
  std::function<void(const Branch& so_far, const Point& accepted)> accepted;  ///< with the fields of its density
};

/// Follows the stationary state from `options.from` to `options.to`, or on from where `earlier` ended. Points without a
/// density are points, too. Collective over `comm`; every rank gets the same.
/// @throws SettingsError when the first member cannot be made; where a later one cannot, the branch ends and says so.
[[nodiscard]] Branch follow(MPI_Comm comm, const Family& family, const Options& options, const Observer& observer,
                            Branch earlier = {});

}  // namespace sgdflux::continuation
