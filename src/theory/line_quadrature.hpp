#pragma once
/// Integrals ∫ f(u) e^{L(u)} du over the real line by the trapezoidal rule in τ, u = u₀ + w·sinh τ.
#include <functional>

namespace sgdflux::theory {

/// A weight e^{L(u)} on ℝ that decays at least exponentially at both ends, however slowly (its mass may reach 10⁵ times
/// the width of its peak), normalised on construction.
///
/// With u = u₀ + w·sinh τ an exponential tail becomes doubly exponential in τ, and for an analytic L the trapezoidal
/// rule converges geometrically in 1/h (Takahasi & Mori 1974; Trefethen & Weideman 2014). Steps are halved until two
/// sums agree to 1e-10 of the integral of |f|: the error of the finer one is then of the order of the square of that.
class LineMeasure {
 public:
  using Function = std::function<double(double)>;

  /// `guess` lies where L is not yet negligible; f = O(e^{growth·u}) as u → +∞ for the functions to be integrated.
  /// L may be −inf. @throws ConvergenceError when L has no maximum or no decay within doubles.
  LineMeasure(Function log_weight, double guess, double growth);

  /// ln ∫ e^L du.
  [[nodiscard]] double log_norm() const { return log_norm_; }
  /// ∫ f e^L du / ∫ e^L du.
  [[nodiscard]] double mean(const Function& f) const;
  /// Shares of the weight below and above u.
  [[nodiscard]] double below(double u) const;
  [[nodiscard]] double above(double u) const;
  /// Interval outside of which the weight, times the growing function, is below e^{−60} of its maximum.
  [[nodiscard]] double lower() const { return lower_; }
  [[nodiscard]] double upper() const { return upper_; }
  /// u at a share t ∈ [0, 1] of the window, evenly spaced in τ: where to look for extrema.
  [[nodiscard]] double point(double t) const;

 private:
  void find_peak(double guess);
  void find_window(double growth);
  [[nodiscard]] double fall(double direction, double drop, double growth) const;
  [[nodiscard]] double sum(const Function& f) const;
  [[nodiscard]] double tail(double from, double direction) const;

  Function log_weight_;
  double peak_ = 0;   ///< u₀, where L is largest
  double top_ = 0;    ///< L(u₀)
  double width_ = 1;  ///< w, distance over which L falls by 1
  double lower_ = 0;
  double upper_ = 0;
  double log_norm_ = 0;
};

}  // namespace sgdflux::theory
