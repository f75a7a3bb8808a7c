#pragma once
/// Lines along which events move in the plane of two parameters, and where two of them meet.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sgdflux/continuation/event.hpp"

namespace sgdflux::continuation {

/// Families over one parameter by the value of a second one.
struct TwoFamily {
  std::string second;  ///< full key of the second parameter
  core::Range range;   ///< values that its own table allows
  /// @throws SettingsError where the model refuses the value, at the latest when a member is made.
  std::function<Family(double second)> at;
};

struct LinePoint {
  double second = 0;
  double value = 0;  ///< of the first parameter
  double error = 0;  ///< of `value`, absolute
};

/// Where one event happens, as the second parameter runs.
struct Line {
  std::string kind;  ///< of the event that it starts from; of modes, appears and vanishes are one line
  std::string subject;
  std::vector<LinePoint> points;  ///< in the direction of the run
  std::string ended;              ///< why, in words
};

/// A point that two lines share.
struct LineCrossing {
  std::string first, second_line;  ///< kind and subject of both
  double second = 0;               ///< of the second parameter
  double second_error = 0;
  double value = 0;  ///< of the first parameter
  double error = 0;
  std::string what;  ///< "cross", or "meet": one ends on the other, or they are one from there on
};

struct LineOptions {
  double from = 0;  ///< of the second parameter, where the events that lines start from were found
  double to = 0;
  double step = 0;          ///< > 0; a step is halved while the event is not found
  double min_step = 0;      ///< > 0; then the line ends
  double tolerance = 1e-9;  ///< of located events, absolute
  Inquiry inquiry;
  std::map<std::string, std::string> formulas;  ///< the user's events by name
  /// @throws SettingsError naming lines.<key>, value and range.
  void validate(const TwoFamily& families) const;
};

struct LineObserver {
  std::function<void(const Line& so_far, const LinePoint& accepted)> accepted;  ///< may be empty
};

struct Lines {
  std::vector<Line> lines;  ///< one for each event, in their order
  std::vector<LineCrossing> crossings;
};

/// Follows each event from `options.from` on: predicted from the last three points, bracketed around the prediction
/// until an event of the same kind and subject lies inside, located. Then looks where two lines meet: at a root of
/// their distance, or where the distance of one that ends or joins extrapolates to zero. Collective over `comm`; every
/// rank gets the same. @throws SettingsError for wrong options.
[[nodiscard]] Lines trace(MPI_Comm comm, const TwoFamily& families, const std::vector<Event>& events,
                          const LineOptions& options, const LineObserver& observer = {});

}  // namespace sgdflux::continuation
