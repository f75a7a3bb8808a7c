#include "sgdflux/continuation/branch.hpp"

#include <algorithm>
#include <cmath>

#include "event_list.hpp"
#include "moving_domain.hpp"
#include "options.hpp"
#include "sgdflux/core/errors.hpp"
#include "step_control.hpp"
#include "variation.hpp"
#include "words.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double least_overlap = 0.5;  ///< of eigenfunctions of neighbours: below, the step is too long to match them

/// A member that was solved, and what follows from the point before it.
struct Candidate {
  std::unique_ptr<Probe> probe;
  double distance = 0;
  Tracker tracker;
  std::vector<Tracked> eigenvalues;
};

class Run {
 public:
  Run(MPI_Comm comm, const Family& family, const Options& options, const Observer& observer, Branch branch)
      : comm_(comm),
        family_(family),
        options_(options),
        observer_(observer),
        branch_(std::move(branch)),
        earlier_(branch_.solves),
        control_(options, branch_.next_step),
        functions_(make_functions(options, family.at(options.from))),
        eigenvalues_(eigenvalues_needed(options, family)),
        warm_(std::make_shared<study::WarmStart>()),
        domain_(branch_.mesh),
        tracker_(comm) {}

  Branch follow() {
    branch_.ended.clear();  // before begin: a branch that is stopped while it fills has not ended
    begin();
    while (branch_.ended.empty()) {
      step();
    }
    branch_.solves = solves();
    return std::move(branch_);
  }

 private:
  [[nodiscard]] double direction() const { return options_.to > options_.from ? 1 : -1; }
  [[nodiscard]] double left_over() const { return direction() * (options_.to - last_->parameter()); }

  [[nodiscard]] Inquiry inquiry(const Member& member) const {
    Inquiry how;
    how.stationary = options_.stationary;
    how.stationary.warm = warm_;
    how.mesh = domain_.next(member);
    how.eigenvalues = eigenvalues_;
    return how;
  }

  /// A probe for a point. Errors in settings pass: the model refuses the value.
  std::unique_ptr<Probe> probe(double parameter, std::vector<mesh::AxisSpec> mesh = {}) {
    Inquiry how = inquiry(family_.at(parameter));
    how.mesh = mesh.empty() ? how.mesh : std::move(mesh);
    if (options_.sensitivities) {
      how.stationary.variations = variations(family_, parameter, std::abs(options_.to - options_.from));
    }
    return std::make_unique<Probe>(comm_, family_, parameter, std::move(how));
  }

  /// Probes between two points on this mesh; empty: each on one of its own. Nothing but the functions' own numbers is
  /// asked of them.
  [[nodiscard]] MakeProbe trials(Probe& a, Probe& b, const std::vector<mesh::AxisSpec>& mesh) const {
    Probe& known = a.has_density() ? a : b;
    Inquiry how = known.inquiry();
    how.stationary.variations.clear();
    how.stationary.estimate = false;
    how.stationary.tolerance.reset();
    how.mesh = mesh;
    const bool shared = !mesh.empty() && how.eigenvalues > 0 && known.has_density();
    how.spectral_mesh = shared ? known.spectrum().mesh : std::vector<mesh::AxisSpec>{};
    return [this, how](double parameter, double cells) {
      Inquiry own = how;
      own.cells = cells;
      return std::make_unique<Probe>(comm_, family_, parameter, std::move(own));
    };
  }

  void begin() {
    if (branch_.points.empty()) {
      const auto first = try_at(options_.from, nullptr);
      accept(first, options_.from);
      return;
    }
    last_ = probe(branch_.points.back().parameter, branch_.points.back().answer.mesh);
    static_cast<void>(last_->stationary());
    if (options_.track > 0 && last_->has_density()) {
      tracker_.resume(last_->spectrum(), branch_.points.back().eigenvalues, free_label());
    }
    if (options_.max_step > 0) {
      fill();
    }
    end_by(last_events());
  }

  /// Of all runs that the branch took.
  [[nodiscard]] study::WarmStart::Count solves() const {
    const study::WarmStart::Count own = warm_->count();
    return {earlier_.cold + own.cold, earlier_.warm + own.warm, earlier_.iterations + own.iterations};
  }

  /// One more than the largest label of the points so far.
  [[nodiscard]] int free_label() const {
    int next = 0;
    for (const Point& point : branch_.points) {
      for (const Tracked& one : point.eigenvalues) {
        next = std::max(next, one.branch + 1);
      }
    }
    return next;
  }

  std::shared_ptr<Candidate> try_at(double parameter, Probe* before) {
    auto candidate = std::make_shared<Candidate>(Candidate{probe(parameter), 0, tracker_, {}});
    Probe& at = *candidate->probe;
    static_cast<void>(at.stationary());
    candidate->distance = before == nullptr ? 0 : distance(*before, at);
    if (options_.track > 0 && at.has_density()) {
      candidate->eigenvalues = candidate->tracker.follow(at.spectrum(), options_.track);
    }
    return candidate;
  }

  [[nodiscard]] static bool matched(const Candidate& candidate) {
    return std::all_of(candidate.eigenvalues.begin(), candidate.eigenvalues.end(),
                       [](const Tracked& one) { return one.overlap >= least_overlap; });
  }

  /// One attempt to go on: a point more, a shorter step next time, or the end.
  void step() {
    if (left_over() <= 0) {
      branch_.ended = "reached " + family_.parameter + " = " + text(last_->parameter());
      return;
    }
    const double length = std::min(control_.step(), left_over());
    const bool to_the_end = left_over() - length < 1e-9 * std::abs(options_.to - options_.from);
    const double parameter = to_the_end ? options_.to : last_->parameter() + direction() * length;
    try {
      const auto candidate = try_at(parameter, last_.get());
      if (control_.accept(length, candidate->distance) && (matched(*candidate) || !control_.halve(length))) {
        accept(candidate, parameter);
      }
    } catch (const core::SettingsError& error) {
      give_way(length, parameter, error.what());
    } catch (const core::ConvergenceError& error) {
      give_way(length, parameter, error.what());
    }
  }

  /// A value at which nothing can be computed: nearer ones are tried, down to the least step.
  void give_way(double length, double parameter, const std::string& why) {
    if (!control_.halve(length)) {
      branch_.ended =
          "stopped at " + family_.parameter + " = " + text(last_->parameter()) + ": at " + text(parameter) + " " + why;
    }
  }

  void accept(const std::shared_ptr<Candidate>& candidate, double parameter) {
    Probe& at = *candidate->probe;
    std::vector<Event> found;
    if (last_) {
      found = events_between(*last_, at);
    }
    Point point{parameter, static_cast<int>(branch_.points.size()) + 1, at.stationary(), candidate->eigenvalues};
    add_events(found, direction(), branch_.events);
    branch_.points.push_back(stripped(point));
    branch_.next_step = control_.step();
    branch_.solves = solves();
    tracker_ = std::move(candidate->tracker);
    domain_.accepted(at.member(), at.stationary());
    branch_.mesh = domain_.settled();
    last_ = std::move(candidate->probe);
    end_by(found);
    if (observer_) {
      observer_(branch_, point);
    }
  }

  /// Events between the last two points: what may have stopped an earlier run. Others it has passed.
  [[nodiscard]] std::vector<Event> last_events() const {
    std::vector<Event> events;
    for (const Event& event : branch_.events) {
      if (branch_.points.size() > 1 &&
          direction() * (event.value - branch_.points[branch_.points.size() - 2].parameter) >= 0) {
        events.push_back(event);
      }
    }
    return events;
  }

  /// The branch ends if one of these events is among those that stop it.
  void end_by(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (stops(options_, event) && branch_.ended.empty()) {
        branch_.ended = "stopped at " + event.kind + ", " + family_.parameter + " = " + text(event.value);
      }
    }
  }

  static Point stripped(Point point) {
    point.answer.fields.clear();
    point.answer.arrays.clear();
    return point;
  }

  std::vector<Event> events_between(Probe& a, Probe& b) const {
    std::vector<Event> found;
    const MakeProbe smooth = trials(a, b, (a.has_density() ? a : b).stationary().mesh);
    const double tolerance = options_.tolerance * std::abs(options_.to - options_.from);
    for (const auto& function : functions_) {
      for (const Crossing& crossing : function->between(a, b)) {
        if (wanted(options_, crossing.kind)) {
          // Verdicts need the search for a domain and its checks; numbers are smoother on one mesh.
          Event event = locate(crossing, a, b, crossing.sides ? trials(a, b, {}) : smooth, tolerance);
          if (!crossing.confirm || crossing.confirm(event)) {
            found.push_back(std::move(event));
          }
        }
      }
    }
    sort_events(found, direction());
    return found;
  }

  /// Points into intervals of an earlier run that are wider than max_step, and events between them.
  void fill() {
    const std::vector<Point> points = std::move(branch_.points);
    branch_.points.clear();
    numbered_ = static_cast<int>(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double width = i == 0 ? 0 : std::abs(points[i].parameter - points[i - 1].parameter);
      const int pieces = static_cast<int>(std::ceil(width / options_.max_step - 1e-9));
      if (pieces > 1) {
        fill(pieces, {points.begin() + static_cast<std::ptrdiff_t>(i), points.end()});
      }
      branch_.points.push_back(points[i]);
    }
  }

  /// Between the last point of the branch and the first of the rest.
  void fill(int pieces, const std::vector<Point>& rest) {
    const Point first = branch_.points.back();
    const Point& next = rest.front();
    auto left = probe(first.parameter, first.answer.mesh);
    const auto right = probe(next.parameter, next.answer.mesh);
    for (int k = 1; k < pieces; ++k) {
      const double share = static_cast<double>(k) / pieces;
      auto at = probe((1 - share) * first.parameter + share * next.parameter);
      add_events(events_between(*left, *at), direction(), branch_.events);
      if (k + 1 == pieces) {
        add_events(events_between(*at, *right), direction(), branch_.events);
      }
      insert(*left, *at, rest);
      left = std::move(at);
    }
  }

  void insert(Probe& before, Probe& at, const std::vector<Point>& rest) {
    Point point{at.parameter(), ++numbered_, at.stationary(), {}};
    if (options_.track > 0 && at.has_density() && before.has_density()) {
      Tracker tracker(comm_);
      tracker.resume(before.spectrum(), branch_.points.back().eigenvalues, free_label());
      point.eigenvalues = tracker.follow(at.spectrum(), options_.track);
    }
    branch_.points.push_back(stripped(point));
    if (observer_) {
      Branch whole = branch_;
      whole.points.insert(whole.points.end(), rest.begin(), rest.end());
      observer_(whole, point);
    }
  }

  MPI_Comm comm_;
  const Family& family_;
  const Options& options_;
  const Observer& observer_;
  Branch branch_;
  study::WarmStart::Count earlier_;
  StepControl control_;
  std::vector<std::unique_ptr<EventFunction>> functions_;
  int eigenvalues_;
  int numbered_ = 0;  ///< points, while intervals are filled
  std::shared_ptr<study::WarmStart> warm_;
  MovingDomain domain_;
  Tracker tracker_;
  std::unique_ptr<Probe> last_;
};

}  // namespace

Branch follow(MPI_Comm comm, const Family& family, const Options& options, const Observer& observer, Branch earlier) {
  options.validate(family);
  return Run(comm, family, options, observer, std::move(earlier)).follow();
}

}  // namespace sgdflux::continuation
