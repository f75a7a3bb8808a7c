/// Solver against paths in time: slowest eigenvalue, displacement.
#include <algorithm>
#include <cmath>
#include <complex>

#include "assembly.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/observe/interpolation.hpp"
#include "sgdflux/study/correlate.hpp"
#include "sgdflux/study/spectrum.hpp"
#include "validate_parts.hpp"

namespace sgdflux::study {
namespace {

using Complex = std::complex<double>;
constexpr Eigen::Index looked_at = 200000;  ///< points along paths at which an eigenfunction is evaluated
constexpr int displacement_lags = 4;

bool has_field(MPI_Comm comm, const Answer& answer, const std::string& path) {
  int found = std::any_of(answer.fields.begin(), answer.fields.end(), [&](const Field& f) { return f.path == path; });
  MPI_Allreduce(MPI_IN_PLACE, &found, 1, MPI_INT, MPI_LOR, comm);
  return found != 0;
}

/// Variables along the recorded paths that live, records × paths each, no more than are looked at.
std::vector<Eigen::ArrayXXd> variables_along(const sample::Recording& recording, int variables) {
  std::vector<Eigen::Index> kept;
  for (Eigen::Index path = 0; path < recording.history.front().cols(); ++path) {
    if (recording.alive[path]) {
      kept.push_back(path);
    }
  }
  const auto paths = static_cast<Eigen::Index>(kept.size());
  const Eigen::Index records = std::min(recording.history.front().rows(), looked_at / std::max<Eigen::Index>(paths, 1));
  std::vector<Eigen::ArrayXXd> along;
  for (int d = 0; d < variables; ++d) {
    Eigen::ArrayXXd& values = along.emplace_back(records, paths);
    for (Eigen::Index k = 0; k < paths; ++k) {
      values.col(k) =
          recording.history[static_cast<std::size_t>(d)].col(kept[static_cast<std::size_t>(k)]).head(records);
    }
  }
  return along;
}

/// Q along the paths; points off the mesh are brought to its last centres, where the density is nothing.
Eigen::ArrayXXd along_paths(const mesh::Grid& grid, const Eigen::ArrayXd& whole,
                            const std::vector<Eigen::ArrayXXd>& variables) {
  const Eigen::Index records = variables.front().rows();
  const Eigen::Index paths = variables.front().cols();
  Eigen::ArrayXXd values(records, paths);
  for (Eigen::Index path = 0; path < paths; ++path) {
    core::Batch points(records, grid.dimension());
    for (int d = 0; d < grid.dimension(); ++d) {
      const Eigen::ArrayXd centres = grid.axis(d).centres();
      points.col(d) = variables[static_cast<std::size_t>(d)].col(path).max(centres[0]).min(centres[centres.size() - 1]);
    }
    values.col(path) = observe::interpolate(grid, whole, points, 4);
  }
  return values;
}

/// Sums of Q(t + lag)Q*(t) and of |Q|² over one path.
struct PathSums {
  Complex lagged;
  double square = 0;
};

PathSums sums_of(const Eigen::ArrayXcd& q, Eigen::Index lag) {
  const Eigen::Index n = q.size() - lag;
  const double both = (q.head(n).abs2().sum() + q.tail(n).abs2().sum()) / 2;
  return {(q.tail(n) * q.head(n).conjugate()).sum(), both};
}

struct Rate {
  Complex value;
  double re_error = 0, im_error = 0;
};

Complex rate_of(const Complex& lagged, double square, double time) { return std::log(lagged / square) / time; }

/// λ = ln(E[Q(x_t)Q*(x_0)]/E|Q|²)/t with its jackknife error over paths.
Rate rate_along(const Eigen::ArrayXXcd& q, Eigen::Index lag, double time) {
  std::vector<PathSums> paths;
  PathSums all;
  for (Eigen::Index path = 0; path < q.cols(); ++path) {
    paths.push_back(sums_of(q.col(path), lag));
    all.lagged += paths.back().lagged;
    all.square += paths.back().square;
  }
  Rate rate{rate_of(all.lagged, all.square, time), 0, 0};
  const auto n = static_cast<double>(paths.size());
  for (const PathSums& one : paths) {
    const Complex without = rate_of(all.lagged - one.lagged, all.square - one.square, time) - rate.value;
    rate.re_error += (n - 1) / n * without.real() * without.real();
    rate.im_error += (n - 1) / n * without.imag() * without.imag();
  }
  rate.re_error = std::sqrt(rate.re_error);
  rate.im_error = std::sqrt(rate.im_error);
  return rate;
}

/// A lag at which the correlation has fallen by about half and turned by less than half a turn.
Eigen::Index lag_for(const Complex& lambda, double record_time, Eigen::Index records) {
  const double time = std::min(0.5 / std::abs(lambda.real()), 1.5 / std::max(std::abs(lambda.imag()), 1e-300));
  const auto lag = static_cast<Eigen::Index>(std::lround(time / record_time));
  return lag >= 1 && lag <= records / 4 ? lag : 0;
}

void compare_eigenvalue(const SampleAnswer& paths, Validation& validation) {
  SpectrumOptions solving;
  static_cast<Options&>(solving) = validation.options;
  solving.count = 3;
  const SpectrumAnswer spectrum = study::spectrum(validation.comm, validation.sde, solving);
  if (spectrum.verdict != Verdict::converged || spectrum.eigenvalues.size() < 2 ||
      !has_field(validation.comm, spectrum, "eigenfunction/1/left_real")) {
    validation.answer.skipped.push_back(
        "eigenvalue: " + (spectrum.reason.empty() ? "the spectrum has no second one to be trusted" : spectrum.reason));
    return;
  }
  const Eigenvalue& slowest = spectrum.eigenvalues[1];
  const sample::Recording& recording = *paths.recording;
  const auto variables = variables_along(recording, validation.sde.dimension());
  const Eigen::Index lag = lag_for(slowest.value, recording.record_time, variables.front().rows());
  if (lag == 0 || variables.front().cols() < 8) {
    validation.answer.skipped.emplace_back(
        "eigenvalue: the records are too far apart, too short or too few for its time; change sample.every or steps");
    return;
  }
  const mesh::Grid grid(make_axes(spectrum.mesh));
  Eigen::ArrayXXcd q =
      along_paths(grid, gathered_field(validation.comm, spectrum, "eigenfunction/1/left_real", grid), variables)
          .cast<Complex>();
  if (slowest.value.imag() != 0) {
    q += Complex(0, 1) *
         along_paths(grid, gathered_field(validation.comm, spectrum, "eigenfunction/1/left_imaginary", grid), variables)
             .cast<Complex>();
  }
  const Rate rate = rate_along(q, lag, static_cast<double>(lag) * recording.record_time);
  const double size = std::abs(slowest.value);
  const double step = validation.options.weak_order > 0
                          ? size * std::pow(size * validation.options.dt, validation.options.weak_order)
                          : 0;
  validation.checks.statistical("paths.eigenvalue.re", slowest.value.real(), rate.value.real(), rate.re_error,
                                slowest.error + step);
  if (slowest.value.imag() != 0) {
    validation.checks.statistical("paths.eigenvalue.im", std::abs(slowest.value.imag()), std::abs(rate.value.imag()),
                                  rate.im_error, slowest.error + step);
  }
}

/// Positions of a few lags, spread evenly over their logarithms.
std::vector<std::size_t> chosen_lags(const TimeCorrelation& correlation) {
  std::vector<std::size_t> chosen;
  const double whole = correlation.lags.back() / 4;
  const double last = std::max(2 * correlation.lags[1], std::min(whole, 5 * correlation.time.value.value_or(whole)));
  for (int k = 1; k <= displacement_lags; ++k) {
    const double aim = correlation.lags[1] * std::pow(last / correlation.lags[1], double(k) / displacement_lags);
    const auto found = std::lower_bound(correlation.lags.begin(), correlation.lags.end(), aim * (1 - 1e-12));
    const auto at = static_cast<std::size_t>(found - correlation.lags.begin());
    if (at < correlation.lags.size() && (chosen.empty() || at > chosen.back())) {
      chosen.push_back(at);
    }
  }
  return chosen;
}

void compare_displacement(const std::string& variable, const SampleAnswer& paths, Validation& validation) {
  const auto found = paths.correlations.find(variable);
  const auto variance = paths.observables.find("cov." + variable + "." + variable);
  if (found == paths.correlations.end() || found->second.lags.size() < 8 || variance == paths.observables.end() ||
      !variance->second.reason.empty()) {
    validation.answer.skipped.push_back("displacement of " + variable + ": no trusted correlations");
    return;
  }
  const std::vector<std::size_t> lags = chosen_lags(found->second);
  CorrelateOptions solving;
  static_cast<Options&>(solving) = validation.options;
  for (const std::size_t lag : lags) {
    solving.times.push_back(found->second.lags[lag]);
  }
  const CorrelateAnswer solved =
      correlate(validation.comm, validation.sde, solving, model::Observable(validation.sde, variable, variable));
  if (solved.verdict != Verdict::converged || solved.displacement.values.size() != lags.size()) {
    validation.answer.skipped.push_back("displacement of " + variable + ": " + solved.reason);
    return;
  }
  const auto step = paths.step_error.find("cov." + variable + "." + variable);
  const double bias = step == paths.step_error.end() ? 0 : 4 * std::abs(step->second.value.value_or(0));
  for (std::size_t k = 0; k < lags.size(); ++k) {
    validation.checks.statistical("paths.displacement." + variable + "." + std::to_string(k + 1),
                                  solved.displacement.values[k], found->second.displacement.values[lags[k]],
                                  found->second.displacement.errors[lags[k]], solved.displacement.errors[k] + bias);
  }
}

}  // namespace

void compare_dynamics(const SampleAnswer& paths, Validation& validation) {
  if (paths.recording->history.empty() || paths.recording->history.front().cols() == 0 ||
      validation.sde.dimension() > 2) {
    validation.answer.skipped.emplace_back("eigenvalue and displacement: for one or two variables with histories");
    return;
  }
  try {
    compare_eigenvalue(paths, validation);
    for (const std::string& variable : validation.sde.variables()) {
      compare_displacement(variable, paths, validation);
    }
  } catch (const core::SettingsError& error) {  // of questions that the model has no answer to
    validation.answer.skipped.push_back(std::string("dynamics: ") + error.what());
  }
}

}  // namespace sgdflux::study
