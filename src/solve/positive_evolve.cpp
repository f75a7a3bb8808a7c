#include "sgdflux/solve/positive_evolve.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "positive_step.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

constexpr double safety = 0.9;       ///< of the step size that the error asks for
constexpr int most_rejections = 30;  ///< in a row
constexpr int most_halvings = 40;    ///< of an interval
constexpr int most_halvings_at_once = 4;
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
      const double time = begin + k * step;
      accept(stepper_.candidate(time, rounded(step), density), time, rounded(step), density);
    }
  }

  void adapt(Place place, Array& density) {
    const int coarsest = options_.largest_step > 0 ? halvings(place.length, options_.largest_step) : 0;
    place.refine(std::max(0, coarsest - place.level));
    int rejections = 0;
    while (!place.done() && result_.converged) {
      const double step = rounded(place.step());
      const Candidate next = stepper_.candidate(place.time(), step, density);
      const double error = next.error / options_.tolerance;
      // The embedded error falls with the fourth power of the step.
      const double ratio = std::pow(std::max(error, 1e-12), 1 / sdirk::error_order) / safety;
      if (!(error <= 1)) {
        place.refine(std::isfinite(ratio) ? std::clamp(std::ilogb(ratio) + 1, 1, most_halvings_at_once)
                                          : most_halvings_at_once);
        ++result_.rejections;
        fail_if(++rejections > most_rejections || place.level > most_halvings, place.time(), place.step());
        continue;
      }
      rejections = 0;
      accept(next, place.time(), step, density);
      ++place.index;
      result_.time = place.time();
      result_.step = place.step() / std::clamp(ratio, 0.25, 1.);
      if (2 * ratio <= 1 && place.level > coarsest && place.can_coarsen()) {
        place.coarsen();
      }
    }
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

  void accept(const Candidate& next, double time, double step, Array& density) {
    if (!stepper_.accept(next, time, step, density, result_)) {
      result_.converged = false;
      result_.reason = "the density became NaN or infinite: rates of cells differ by too much; use a smaller domain";
    }
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
