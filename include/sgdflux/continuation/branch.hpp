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
  /// `to` may lie beyond the parameter's range: then the branch ends where that does.
  /// @throws SettingsError naming continue.<key>, value and range.
  void validate(const Family& family) const;
};

/// One accepted value of the parameter.
struct Point {
  double parameter = 0;
  int number = 0;                  ///< in the order in which points were accepted, from 1
  study::StationaryAnswer answer;  ///< sensitivities are among its members
  std::vector<Tracked> eigenvalues;
};

/// The mesh of the last point with a density, from which the next ones follow.
struct SettledMesh {
  std::vector<mesh::AxisSpec> axes;  ///< empty before the first point with a density
  double error = 0;                  ///< relative error where it was chosen
  bool fits = false;
};

struct Branch {
  std::vector<Point> points;  ///< in the direction of the run; without the fields and arrays of their densities
  std::vector<Event> events;  ///< in the direction of the run
  SettledMesh mesh;
  double next_step = 0;  ///< that the run would go on with, > 0; 0: it has not begun
  std::string ended;     ///< why it ended, in words; empty while it goes on
  study::WarmStart::Count solves;
};

/// What the points say together: converged, if all that have a density are, with a reason where some have several
/// components; no-stationary-density or
/// several-ergodic-components, if none has one.
struct Judgement {
  study::Verdict verdict = study::Verdict::converged;
  std::string reason;
};
[[nodiscard]] Judgement judge(const Branch& branch);

/// How many eigenvalues probes have to look for, the zero included: for those that are tracked and for events that are
/// read off them; 0: none. @throws SettingsError as make_events and formula_event.
[[nodiscard]] int eigenvalues_needed(const Options& options, const Family& family);

/// Told of every accepted point, with the fields of its density, when the events before it are located. Collective.
using Observer = std::function<void(const Branch& so_far, const Point& accepted)>;

/// Follows the stationary state from `options.from` to `options.to`. Points without a density are points, too. With
/// `earlier`, goes on where that ended, after it has filled intervals wider than a max_step that was given with points.
/// Collective over `comm`; every rank gets the same.
/// @throws SettingsError when the first member cannot be made; where a later one cannot, the branch ends and says so.
[[nodiscard]] Branch follow(MPI_Comm comm, const Family& family, const Options& options, const Observer& observer,
                            Branch earlier = {});

}  // namespace sgdflux::continuation
