#include "sgdflux/solve/positive_evolve.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "positive_step.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

constexpr double safety = 0.9;       ///< of the step size that the error asks for
constexpr int most_rejections = 30;  ///< in a row
constexpr int most_halvings = 40;    ///< of an interval
constexpr int most_halvings_at_once = 4;
constexpr double share_of_change = 0.3;
constexpr double patience = 100;
constexpr double smooth_slope = 2;
constexpr double first_share = 1. / 1024;
/// Binary digits of step sizes: intervals that differ by the rounding of their ends share their factors.
constexpr int step_digits = 44;

double rounded(double step) {
  int exponent = 0;
  const double mantissa = std::frexp(step, &exponent);
  return std::ldexp(std::round(std::ldexp(mantissa, step_digits)), exponent - step_digits);
}

/// Position in an interval that is divided into 2^level equal steps.
struct Place {
  double begin = 0;
  double length = 0;
  int level = 0;
  long long index = 0;
  [[nodiscard]] double time() const { return begin + length * std::ldexp(static_cast<double>(index), -level); }
  [[nodiscard]] double step() const { return std::ldexp(length, -level); }
  [[nodiscard]] bool done() const { return index == 1LL << level; }
  void refine(int halvings) {
    level += halvings;
    index <<= halvings;
  }
  [[nodiscard]] bool can_coarsen() const { return level > 0 && index % 2 == 0; }
  void coarsen() {
    --level;
    index /= 2;
  }
};

/// Step sizes from the embedded error, which falls with the fourth power of the step.
/// Cutting leaves kinks. What they do at once, at the rates of single cells, looks like an error that is proportional
/// to the step: summed over time it is the same for any step, and shorter ones are no cure. Where the error is seen to
/// fall more slowly than the square of the step, and is small beside what the cut itself changes, more of it is
/// allowed.
class StepControl {
 public:
  explicit StepControl(double tolerance) : tolerance_(tolerance) {}

  /// @param error of an attempt with a step of 2^{-level}; @param change by the limiter, 0: none.
  void see(double error, double change, int level) {
    if (level != level_ && error_ > 0) {
      slope_ = std::log2(error / error_) / (level_ - level);
    }
    error_ = error;
    level_ = level;
    limited_ = change > 0;
    kinked_ = limited_ && slope_ < smooth_slope;
    allowed_ = kinked_ ? std::clamp(share_of_change * change, tolerance_, patience * tolerance_) : tolerance_;
  }
  [[nodiscard]] bool accepts() const { return error_ <= allowed_; }
  /// Of a step that was not accepted: one where it may be due to kinks, to see how the error falls.
  [[nodiscard]] int halvings() const {
    const double wanted = ratio();
    return limited_                ? 1
           : std::isfinite(wanted) ? std::clamp(std::ilogb(wanted) + 1, 1, most_halvings_at_once)
                                   : most_halvings_at_once;
  }
  /// Whether twice the step would be accepted.
  [[nodiscard]] bool doubles() const {
    return kinked_ ? error_ * std::exp2(std::max(slope_, 0.)) <= safety * allowed_ : 2 * ratio() <= 1;
  }

 private:
  [[nodiscard]] double ratio() const { return std::pow(error_ / tolerance_, 1 / sdirk::error_order) / safety; }

  double tolerance_;
  double error_ = 0;
  int level_ = 0;
  double slope_ = sdirk::error_order;
  double allowed_ = 0;
  bool limited_ = false;
  bool kinked_ = false;
};

/// Halvings of `length` after which a step is at most `step`.
int halvings(double length, double step) {
  return step > 0 ? std::clamp(static_cast<int>(std::ceil(std::log2(length / step) - 1e-9)), 0, most_halvings) : 0;
}

}  // namespace

class PositiveEvolution::Implementation {
 public:
  Implementation(MPI_Comm comm, const PositiveProblem& problem, const EvolveOptions& options)
      : comm_(comm), options_(options), stepper_(comm, problem) {}

  PositiveStep advance(double begin, double end, double step, Array& density) {
    result_ = {};
    result_.time = begin;
    result_.step = step > 0 ? step : first_share * (end - begin);
    require_positive(density);
    if (!(end > begin)) {
      return result_;
    }
    stepper_.begin();
    const int before = stepper_.factorisations();
    if (options_.adaptive) {
      adapt({begin, end - begin, halvings(end - begin, result_.step), 0}, density);
    } else {
      march(begin, end, density);
    }
    result_.time = result_.converged ? end : result_.time;
    result_.factorisations = stepper_.factorisations() - before;
    result_.reason = result_.converged ? "converged" : result_.reason;
    return result_;
  }

 private:
  void require_positive(const Array& density) const {
    if (la::maximum(comm_, (density >= 0).all() ? 0 : 1) > 0) {
      throw core::SettingsError(
          "a positive scheme starts from a density that is nowhere negative, and this one is negative or NaN "
          "somewhere");
    }
  }

  void march(double begin, double end, Array& density) {
    const double count = std::max(1., std::ceil((end - begin) / result_.step - 1e-9));
    const double step = (end - begin) / count;
    for (double k = 0; k < count && result_.converged; ++k) {
      accept(attempt(begin + k * step, rounded(step), density), density);
    }
  }

  void adapt(Place place, Array& density) {
    const int coarsest = options_.largest_step > 0 ? halvings(place.length, options_.largest_step) : 0;
    place.refine(std::max(0, coarsest - place.level));
    int rejections = 0;
    StepControl control(options_.tolerance);
    while (!place.done() && result_.converged) {
      const Attempt next = attempt(place.time(), rounded(place.step()), density);
      control.see(next.candidate.error, next.limited ? next.limited->change : 0, place.level);
      if (!control.accepts()) {
        place.refine(control.halvings());
        ++result_.rejections;
        fail_if(++rejections > most_rejections || place.level > most_halvings, place.time(), place.step());
        continue;
      }
      rejections = 0;
      accept(next, density);
      ++place.index;
      result_.time = place.time();
      result_.step = place.step() * (control.doubles() ? 2 : 1);
      if (control.doubles() && place.level > coarsest && place.can_coarsen()) {
        place.coarsen();
      }
    }
  }

  struct Attempt {
    Candidate candidate;
    std::optional<LimitedStep> limited;
  };

  Attempt attempt(double time, double step, const Array& density) {
    Attempt next{stepper_.candidate(time, step, density), {}};
    if (next.candidate.finite && next.candidate.negative) {
      next.limited = stepper_.limit(next.candidate, time, step, density);
    }
    return next;
  }

  void fail_if(bool failed, double time, double step) {
    if (failed) {
      char where[160];
      static_cast<void>(std::snprintf(
          where, sizeof where, "steps were rejected until %.3g at time %.6g: the error stays above the tolerance", step,
          time));
      result_.converged = false;
      result_.reason = where;
    }
  }

  void accept(const Attempt& next, Array& density) {
    ++result_.steps;
    result_.closure = std::max(result_.closure, next.candidate.closure);
    if (!next.candidate.finite) {
      result_.converged = false;
      result_.reason = "the density became NaN or infinite: rates of cells differ by too much; use a smaller domain";
      return;
    }
    density = next.limited ? next.limited->density : next.candidate.density;
    if (next.limited) {
      note(*next.limited);
    }
  }

  void note(const LimitedStep& limited) {
    ++result_.limited_steps;
    result_.limited_mass += limited.mass;
    result_.largest_cut = std::max(result_.largest_cut, limited.mass);
    result_.rounding_mass += limited.rounding;
    result_.sweeps += limited.sweeps;
  }

  MPI_Comm comm_;
  EvolveOptions options_;
  PositiveStepper stepper_;
  PositiveStep result_;
};

PositiveEvolution::PositiveEvolution(MPI_Comm comm, const PositiveProblem& problem, const EvolveOptions& options)
    : implementation_(std::make_unique<Implementation>(comm, problem, options)) {}

PositiveEvolution::~PositiveEvolution() = default;

PositiveStep PositiveEvolution::advance(double begin, double end, double step, Array& density) {
  return implementation_->advance(begin, end, step, density);
}

}  // namespace sgdflux::solve
