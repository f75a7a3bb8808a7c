#include "sgdflux/solve/propagate.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "krylov_space.hpp"
#include "projected_exponential.hpp"

namespace sgdflux::solve {
namespace {

/// Time over pole: where the spaces are smallest, within a factor of two either way (docs/numerics.md).
constexpr double time_over_pole = 40;
constexpr int check_interval = 4;  ///< vectors between two estimates of the error
constexpr int halvings_per_space = 4;
constexpr double shrink = 8;            ///< of the step, when a space serves no part of it
constexpr double growth = 8;            ///< of the step after a part that worked
constexpr double smallest_step = 1e-9;  ///< relative to the interval
/// Errors below this that no longer fall are rounding, and more vectors do not help.
constexpr double rounding_level = 1e-8;
constexpr double rounding = std::numeric_limits<double>::epsilon();
constexpr double large_change = .01;  ///< relative to b: no digits are lost in the difference of two states any more
constexpr int patience = 5;           ///< estimates

std::string text(double value) {
  char words[32];
  static_cast<void>(std::snprintf(words, sizeof words, "%.3g", value));
  return words;
}

/// A power of two, so that similar steps share a factorisation, whatever came before them.
double pole_for(double time) { return std::exp2(std::round(std::log2(time / time_over_pole))); }

/// One time of a Krylov space of g = Lu: coefficients of (e^{tL} − 1)u and of e^{tL}Lu, with the error of the first.
class Answer {
 public:
  explicit Answer(double time) : time_(time) {}
  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] double error() const { return error_; }
  [[nodiscard]] double size() const { return integrals_.change.norm(); }
  [[nodiscard]] const Integrals& integrals() const { return integrals_; }

  /// From the first m vectors. The error is what the last vectors have changed, or what the residual (1 − σL)v_{m+1}r
  /// of w' = Lw + g leaves at t if that is more: ∫e^{(t−s)L}(1 − σL)v r ds = σ r(t)v + ∫e^{(t−s)L}v(r − σr')ds.
  void update(const KrylovSpace& space, int m) {
    const Eigen::MatrixXd h = space.hessenberg(m);
    Integrals now = projected_integrals(h.topRows(m), space.sigma(), time_, space.norm());
    Eigen::VectorXd step = now.change;
    step.head(integrals_.change.size()) -= integrals_.change;
    const double residual = h(m, m - 1) * std::abs(h.topRows(m).partialPivLu().solve(now.change)(m - 1));
    const bool exact = space.closed() && m == space.size();
    const bool compared = integrals_.change.size() > 0 && now.change.allFinite();
    error_ = exact ? 0 : compared ? std::max(step.norm(), residual) : std::numeric_limits<double>::infinity();
    integrals_ = std::move(now);
  }
  /// From all vectors, after an update from some.
  static Answer at(double time, const KrylovSpace& space) {
    Answer answer(time);
    if (space.size() > check_interval) {
      answer.update(space, space.size() - check_interval);
    }
    answer.update(space, space.size());
    return answer;
  }

 private:
  double time_;
  Integrals integrals_;
  double error_ = std::numeric_limits<double>::infinity();
};

/// Watches estimates for the level of rounding.
class Progress {
 public:
  /// @param error relative to the vector that is propagated.
  [[nodiscard]] bool stalled(double error) {
    const bool better = error < 0.5 * best_;
    best_ = std::min(best_, error);
    idle_ = better ? 0 : idle_ + 1;
    return best_ < rounding_level && idle_ >= patience;
  }

 private:
  double best_ = std::numeric_limits<double>::infinity();
  int idle_ = 0;
};

class Propagation {
 public:
  Propagation(MPI_Comm comm, const PropagateProblem& problem, const Array& b, const PropagateOptions& options,
              const std::function<void(const Propagated&)>& observe)
      : inverse_(comm, problem), options_(options), observe_(observe), norm_(inverse_.norm(b)) {
    now_.state = b;
    now_.change = Array::Zero(b.size());
    now_.rate = inverse_.apply(b);
  }

  PropagateResult run(const std::vector<double>& times) {
    std::size_t done = 0;
    while (done < times.size() && times[done] <= 0) {
      observe_(now_);
      ++done;
    }
    const bool standing = !(inverse_.norm(now_.rate) > 0);
    if (!options_.stepwise && !standing) {
      done = run_from_start(times, done);
    }
    while (done < times.size() && result_.converged && advance(times[done])) {
      observe_(now_);
      ++done;
    }
    result_.factorisations = inverse_.factorisations();
    result_.vectors = inverse_.solves();
    result_.error = now_.error;
    return result_;
  }

 private:
  void fail(const std::string& reason) {
    result_.converged = false;
    result_.reason = reason;
  }

  /// Extends until good(answer) at all times, the space is full or errors stand still; whether the solver worked.
  template <class Good>
  bool extend(KrylovSpace& space, std::vector<Answer>& answers, const Good& good) {
    Progress progress;
    bool growing = true;
    while (growing) {
      for (int k = 0; k < check_interval && growing; ++k) {
        growing = space.extend();
      }
      double worst = 0;
      bool all = true;
      for (Answer& answer : answers) {
        answer.update(space, space.size());
        worst = std::max(worst, answer.error() / norm_);
        all = all && good(answer);
      }
      growing = growing && !all && !progress.stalled(worst);
    }
    if (space.failed()) {
      fail(inverse_.failure());
    }
    return !space.failed();
  }

  [[nodiscard]] double allowed() const { return options_.tolerance * norm_; }

  /// Errors are relative to the change, which may be small, as long as that can be had.
  [[nodiscard]] bool precise(const Answer& answer) const {
    return answer.error() <= options_.tolerance * std::max(answer.size(), 1e-3 * allowed());
  }

  /// Times within a decade share a space of Lb, fewer of them if that does not meet the tolerance; the number of times
  /// that are done when steps must take over.
  std::size_t run_from_start(const std::vector<double>& times, std::size_t done) {
    const Array b = now_.state;
    const Array rate = now_.rate;
    while (done < times.size() && result_.converged) {
      std::size_t end = done + 1;
      while (end < times.size() && times[end] <= 10 * times[done]) {
        ++end;
      }
      const std::size_t before = done;
      while (end > before && done == before && result_.converged) {
        done = share(b, rate, times, done, end);
        // Steps cost less, and nothing once the change is as large as b.
        const bool grown = inverse_.norm(now_.change) > large_change * norm_;
        end = grown ? before : before + (end - before) / 2;
      }
      if (done == before) {
        break;
      }
    }
    return done;
  }

  /// One space for the times [begin, end): `end` when all met the tolerance, else `begin`.
  std::size_t share(const Array& b, const Array& rate, const std::vector<double>& times, std::size_t begin,
                    std::size_t end) {
    inverse_.set_pole(pole_for(times[end - 1]));
    KrylovSpace space(inverse_, rate, options_.largest_space);
    std::vector<Answer> ends{Answer(times[begin]), Answer(times[end - 1])};
    if (!extend(space, ends, [&](const Answer& answer) { return precise(answer); }) ||
        !(std::max(ends.front().error(), ends.back().error()) <= allowed())) {
      return begin;
    }
    for (std::size_t k = begin; k < end; ++k) {
      const Answer answer = Answer::at(times[k], space);
      settle(space, answer, b, Array::Zero(b.size()), 0);
      now_.error = answer.error() / norm_;
      observe_(now_);
    }
    return end;
  }

  /// Makes `answer` the present.
  void settle(const KrylovSpace& space, const Answer& answer, const Array& from, const Array& change, double time) {
    const Array step = space.combine(answer.integrals().change);
    now_.time = time + answer.time();
    now_.state = from + step;
    now_.change = change + step;
    now_.rate = space.combine(answer.integrals().rate);
  }

  /// Steps to `target`, each with a space of its own.
  bool advance(double target) {
    const double interval = target - now_.time;
    double step = interval;
    while (now_.time < target && step > smallest_step * interval) {
      step = std::min(step, target - now_.time);
      const double next = take(step, target);
      if (!result_.converged) {
        return false;
      }
      step = next;
    }
    if (now_.time < target) {
      fail("a space of " + std::to_string(options_.largest_space) + " vectors left a relative error above " +
           text(options_.tolerance) + " even for a step of " + text(shrink * step) + " at time " + text(now_.time));
    }
    return result_.converged;
  }

  /// One space for a step, or for that part of it (1, ½, ¼, …) that meets the tolerance; the step to try next.
  double take(double step, double target) {
    const Array rate = inverse_.apply(now_.state);
    if (!(inverse_.norm(rate) > 0)) {
      now_.time = target;
      now_.rate = rate;
      return step;
    }
    inverse_.set_pole(pole_for(step));
    KrylovSpace space(inverse_, rate, options_.largest_space);
    std::vector<Answer> answers{Answer(step)};
    // The sum of state and change is rounded at every step.
    const auto error = [&](const Answer& answer) { return answer.error() + rounding * norm_; };
    const auto good = [&](const Answer& answer) { return error(answer) <= allowed(); };
    if (!extend(space, answers, good)) {
      return 0;
    }
    for (int k = 1; k <= halvings_per_space && !good(answers.back()); ++k) {
      answers = {Answer::at(std::ldexp(step, -k), space)};
    }
    const Answer& answer = answers.back();
    if (!good(answer)) {
      return step / shrink;
    }
    const double time = now_.time;
    settle(space, answer, Array(now_.state), Array(now_.change), time);
    now_.time = answer.time() == step && step >= target - time ? target : now_.time;
    now_.error += error(answer) / norm_;
    if (answer.time() < step) {
      return answer.time();
    }
    return (2 * space.size() < options_.largest_space ? growth : 2) * step;
  }

  ShiftedInverse inverse_;
  const PropagateOptions& options_;
  const std::function<void(const Propagated&)>& observe_;
  double norm_;
  Propagated now_;
  PropagateResult result_;
};

}  // namespace

PropagateResult propagate(MPI_Comm comm, const PropagateProblem& problem, const Eigen::ArrayXd& b,
                          const std::vector<double>& times, const PropagateOptions& options,
                          const std::function<void(const Propagated&)>& observe) {
  return Propagation(comm, problem, b, options, observe).run(times);
}

}  // namespace sgdflux::solve
