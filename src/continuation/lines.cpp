#include "sgdflux/continuation/lines.hpp"

#include <algorithm>
#include <cmath>

#include "continuation/line_crossings.hpp"
#include "continuation/line_tracer.hpp"
#include "continuation/words.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::continuation {
namespace {

constexpr int steps_before_growth = 3;  ///< of a step that was halved

/// Follows one line to the end, halving steps where it gets lost.
void follow(const LineTracer& tracer, const LineOptions& options, const LineObserver& observer,
            const std::string& parameter, Line& line) {
  const double way = options.to > options.from ? 1 : -1;
  double step = options.step;
  int successes = 0;
  while (way * (options.to - line.points.back().second) > 0) {
    const double left = way * (options.to - line.points.back().second);
    const bool arrives = step >= left * (1 - 1e-9);
    const double second = arrives ? options.to : line.points.back().second + way * step;
    const auto point = tracer.at(second, predict(line.points, second));
    if (point) {
      line.points.push_back(*point);
      if (observer.accepted) {
        observer.accepted(line, *point);
      }
      step = ++successes % steps_before_growth == 0 ? std::min(options.step, 2 * step) : step;
      continue;
    }
    successes = 0;
    step = 0.5 * std::min(step, left);
    if (step < options.min_step) {
      line.ended = "beyond " + parameter + " = " + text(line.points.back().second) + " there is no " + line.kind +
                   " near the line: looked down to steps of " + text(options.min_step);
      return;
    }
  }
  line.ended = parameter + " = " + text(options.to) + " was reached";
}

Line start_line(const Event& event, double second) {
  return {event.kind, event.subject, {{second, event.value, event.error}}, {}};
}

/// The four points of a line that are nearest to `second`, the nearest one last.
std::vector<LinePoint> nearest(const Line& line, double second) {
  std::vector<LinePoint> points = line.points;
  std::stable_sort(points.begin(), points.end(), [&](const LinePoint& a, const LinePoint& b) {
    return std::abs(a.second - second) > std::abs(b.second - second);
  });
  points.erase(points.begin(), points.end() - std::min<std::ptrdiff_t>(4, std::ssize(points)));
  return points;
}

TracedLine traced(const Line& line, const LineTracer& tracer) {
  return {&line, [&line, &tracer](double second) -> std::optional<LinePoint> {
            const std::vector<LinePoint> points = nearest(line, second);
            return points.back().second == second ? points.back() : tracer.at(second, predict(points, second));
          }};
}

}  // namespace

void LineOptions::validate(const TwoFamily& families) const {
  const auto demand = [](bool good, const std::string& key, double value, const std::string& range) {
    if (!good) {
      throw core::SettingsError("lines." + key + " = " + text(value) + ": allowed is " + range);
    }
  };
  demand(families.range.contains(from), "from", from, families.second + " in " + families.range.describe());
  demand(families.range.contains(to), "to", to, families.second + " in " + families.range.describe());
  demand(std::isfinite(to) && to != from, "to", to, "a number other than lines.from");
  demand(step > 0 && std::isfinite(step), "step", step, "a positive number");
  demand(min_step > 0 && min_step <= step, "min_step", min_step, "0 < value ≤ lines.step");
  demand(tolerance > 0 && std::isfinite(tolerance), "tolerance", tolerance, "a positive number");
}

Lines trace(MPI_Comm comm, const TwoFamily& families, const std::vector<Event>& events, const LineOptions& options,
            const LineObserver& observer) {
  options.validate(families);
  Lines result;
  std::vector<LineTracer> tracers;
  for (const Event& event : events) {
    tracers.emplace_back(comm, families, event, options);
    result.lines.push_back(start_line(event, options.from));
    follow(tracers.back(), options, observer, families.second, result.lines.back());
  }
  std::vector<TracedLine> lines;
  for (std::size_t k = 0; k < result.lines.size(); ++k) {
    lines.push_back(traced(result.lines[k], tracers[k]));
  }
  result.crossings = line_crossings(lines, options.tolerance);
  return result;
}

}  // namespace sgdflux::continuation
