#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>

#include "krylov_space.hpp"

namespace sgdflux::solve {
namespace {

using Complex = std::complex<double>;

constexpr int shared_space = 120;  ///< vectors of a space that serves all frequencies of a decade
constexpr int own_space = 300;     ///< vectors of a space whose shift is the frequency itself
constexpr int check_interval = 4;
/// Aimed at by the projected residual, relative to the tolerance of the measured one.
constexpr double margin = 0.1;

/// Minimiser of ‖b − (iω − L)x‖ over x = (1 − σL)^{-1}V_m y: GMRES preconditioned from the right by the shifted
/// inverse, whose space is the same for all ω, since (iω − L)(1 − σL)^{-1} = (iω − 1/σ)(1 − σL)^{-1} + 1/σ.
struct Minimiser {
  Eigen::VectorXcd coefficients;  ///< of x in V_{m+1}
  double residual = 0;            ///< relative
};

Minimiser minimise(const KrylovSpace& space, double frequency) {
  const int m = space.size();
  const double pole = 1 / space.sigma();
  const Eigen::MatrixXcd h = space.hessenberg(m).cast<Complex>();
  Eigen::MatrixXcd projected = Complex(-pole, frequency) * h;
  projected.topRows(m).diagonal().array() += pole;
  Eigen::VectorXcd right = Eigen::VectorXcd::Zero(m + 1);
  right(0) = space.norm();
  const Eigen::VectorXcd y = projected.householderQr().solve(right);
  return {h * y, (right - projected * y).norm() / space.norm()};
}

class Resolvent {
 public:
  Resolvent(MPI_Comm comm, const PropagateProblem& problem, const Array& b, double tolerance,
            const std::function<void(const Resolved&)>& observe)
      : inverse_(comm, problem), b_(b), norm_(inverse_.norm(b)), tolerance_(tolerance), observe_(observe) {}

  PropagateResult run(const std::vector<double>& frequencies) {
    auto at = frequencies.begin();
    while (at != frequencies.end() && result_.converged) {
      const auto end = std::find_if(at, frequencies.end(), [&](double w) { return w > 10 * *at; });
      // The shift is the geometric mean of the ends; frequencies that its space does not reach get their own.
      const double middle = std::sqrt(*at * *(end - 1));
      auto done = solve(at, end, middle, shared_space);
      while (done != end && result_.converged) {
        const auto before = done;
        done = solve(done, done + 1, *done, own_space);
        if (done == before && result_.converged) {
          fail(*done);
        }
      }
      at = end;
    }
    result_.factorisations = inverse_.factorisations();
    result_.vectors = inverse_.solves();
    return result_;
  }

 private:
  using Place = std::vector<double>::const_iterator;

  /// Extends one space until every frequency in [begin, end) has met the tolerance in turn; the first that has not.
  Place solve(Place begin, Place end, double shift, int largest) {
    if (!(norm_ > 0)) {
      return trivial(begin, end);
    }
    inverse_.set_pole(std::exp2(-std::round(std::log2(shift))));
    KrylovSpace space(inverse_, b_, largest);
    Place at = begin;
    for (bool growing = true; growing && at != end;) {
      for (int k = 0; k < check_interval && growing; ++k) {
        growing = space.extend();
      }
      while (at != end && accept(space, *at)) {
        ++at;
      }
    }
    if (space.failed()) {
      result_.converged = false;
      result_.reason = inverse_.failure();
    }
    return at;
  }

  Place trivial(Place begin, Place end) {
    const Array zero = Array::Zero(b_.size());
    for (; begin != end; ++begin) {
      observe_({*begin, zero, zero, 0});
    }
    return end;
  }

  /// Observes x when its measured residual meets the tolerance.
  bool accept(const KrylovSpace& space, double frequency) {
    const Minimiser found = minimise(space, frequency);
    best_ = found.residual;
    if (!(found.residual <= margin * tolerance_) && !space.closed()) {
      return false;
    }
    Resolved x{frequency, space.combine(found.coefficients.real()), space.combine(found.coefficients.imag()), 0};
    x.residual = residual(x);
    best_ = x.residual;
    if (!(x.residual <= tolerance_)) {
      return false;
    }
    result_.error = std::max(result_.error, x.residual);
    observe_(x);
    return true;
  }

  /// ‖b − (iω − L)x‖/‖b‖ by L itself.
  [[nodiscard]] double residual(const Resolved& x) const {
    const Array real = b_ + x.frequency * x.imaginary + inverse_.apply(x.real);
    const Array imaginary = inverse_.apply(x.imaginary) - x.frequency * x.real;
    return std::hypot(inverse_.norm(real), inverse_.norm(imaginary)) / norm_;
  }

  void fail(double frequency) {
    char words[160];
    static_cast<void>(std::snprintf(
        words, sizeof words, "at frequency %.4g the relative residual stayed at %.2g, above %.2g, with %d vectors",
        frequency, best_, tolerance_, own_space));
    result_.converged = false;
    result_.reason = words;
  }

  ShiftedInverse inverse_;
  const Array& b_;
  double norm_;
  double tolerance_;
  const std::function<void(const Resolved&)>& observe_;
  double best_ = 1;
  PropagateResult result_;
};

}  // namespace

PropagateResult resolvent(MPI_Comm comm, const PropagateProblem& problem, const Eigen::ArrayXd& b,
                          const std::vector<double>& frequencies, double tolerance,
                          const std::function<void(const Resolved&)>& observe) {
  return Resolvent(comm, problem, b, tolerance, observe).run(frequencies);
}

}  // namespace sgdflux::solve
