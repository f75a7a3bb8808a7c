#pragma once
/// Eigenvalues of the generator with errors, eigenfunctions, oscillations.
#include <mpi.h>

#include <complex>
#include <string>
#include <vector>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

struct SpectrumOptions : Options {
  int count = 8;      ///< the zero included; a pair is never cut
  double target = 0;  ///< with `nearest`: eigenvalues nearest to this real number instead of the slowest
  bool nearest = false;
  void validate(const model::Sde& sde) const;
};

struct Eigenvalue {
  std::complex<double> value;
  double error = 0;        ///< absolute: second grid, second box, residual times condition, rounding
  double residual = 0;     ///< the larger one of the right and left relative residuals
  double condition = 0;    ///< ‖u‖‖v‖/|uᴴv|
  double dissipation = 0;  ///< |uᴴEv/uᴴv| of the scheme's damping E: order of |λ| for sawtooth modes
  double box_dependence =
      0;  ///< change, on the second grid, when a twentieth of the cells is cut off each truncated end
  [[nodiscard]] double frequency() const { return std::abs(value.imag()); }  ///< radians per unit time
  [[nodiscard]] double quality() const { return std::abs(value.imag() / value.real()); }
};

/// A mode that was found and not believed.
struct RejectedMode {
  std::complex<double> value;
  std::string reason;  ///< sawtooth of the grid, depends on the box, no counterpart on the second grid
};

/// Stochastic asymptotic phase (Thomas & Lindner 2014; Pérez-Cervera et al. 2023).
struct Oscillation {
  std::complex<double> value;  ///< λ₁, the slowest nonzero eigenvalue, of a pair with Im > 0
  double quality = 0;
  double next_real_part = 0;  ///< largest real part of all others; robust needs it ≤ 2 Re λ₁
  bool robust = false;
  std::string why;  ///< in words
};

struct SpectrumAnswer : Answer {
  std::vector<Eigenvalue> eigenvalues;  ///< by decreasing real part, zero first; both members of a pair, Im > 0 first
  std::vector<RejectedMode> rejected;
  std::vector<Oscillation> oscillation;         ///< empty when the slowest nonzero eigenvalue is real, else one
  std::vector<std::complex<double>> reference;  ///< exact eigenvalues in the same order, where known
  std::string reference_source;
};

/// Collective; every rank gets the same numbers. Fields (k = 0 … distinct modes − 1, pairs once): density = mode 0;
/// eigenfunction/<k>/right_real, right_imaginary (densities in the variables), left_real, left_imaginary (functions);
/// phase = arg of the left eigenfunction of λ₁, radians (isochrones), when oscillation is not empty.
[[nodiscard]] SpectrumAnswer spectrum(MPI_Comm comm, const model::Sde& sde, const SpectrumOptions& options);

}  // namespace sgdflux::study
