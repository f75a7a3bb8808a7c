#pragma once
/// Studies of the dynamics on one rank, and the models that several tests share.
#include <cmath>
#include <complex>

#include "sgdflux/study/correlate.hpp"
#include "sgdflux/study/evolve.hpp"
#include "sgdflux/study/passage.hpp"
#include "sgdflux/study/spectrum.hpp"
#include "sgdflux/theory/dynamics.hpp"
#include "sgdflux/theory/kunin_2021.hpp"
#include "studying.hpp"

namespace sgdflux::test {

/// One mode of SGD with momentum on linear regression, with its theory; batch 32, σ² = 1.
struct Momentum {
  theory::MomentumRegression theory;
  double rho = 1;

  [[nodiscard]] std::unique_ptr<model::Sde> sde() const {
    return make_model({{"name", "momentum-regression"},
                       {"eta", number(theory.eta)},
                       {"beta", number(theory.beta)},
                       {"batch", number(theory.batch)},
                       {"weight_decay", number(theory.weight_decay)},
                       {"rho", number(rho)},
                       {"sigma2", number(theory.sigma2)}});
  }
  /// Standard deviations of (θ, v).
  [[nodiscard]] Eigen::Vector2d spread() const {
    return {std::sqrt(theory.position_variance(rho)), std::sqrt(theory.velocity_variance(rho))};
  }
  /// A box of ±reach standard deviations.
  [[nodiscard]] std::vector<std::string> axes(Index cells, double reach) const {
    return {symmetric_axis(spread()(0), reach, cells), symmetric_axis(spread()(1), reach, cells)};
  }
  [[nodiscard]] std::vector<std::complex<double>> eigenvalues(int count) const {
    return theory.eigenvalues(Eigen::VectorXd::Constant(1, rho), count);
  }
};

inline Momentum underdamped() { return {}; }
/// Rates in the ratio 3.25.
inline Momentum overdamped() {
  Momentum mode;
  mode.theory.beta = .5;
  mode.rho = .6;
  return mode;
}
inline Momentum critically_damped() {
  Momentum mode;
  mode.theory.beta = .5;
  mode.rho = mode.theory.critical_rho();
  return mode;
}

/// dx = (x − x³) dt + √(2D) dW with D = ¼.
inline std::unique_ptr<model::Sde> double_well() {
  return make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}});
}
constexpr double well_slowest = -.187170418089;
constexpr double well_next = -1.501028417712;

/// Noisy Stuart–Landau oscillator, D = .04.
inline std::unique_ptr<model::Sde> stuart_landau() {
  return make_model({{"name", "formula"},
                     {"variables", "x y"},
                     {"drift.x", "x*(1 - x^2 - y^2) - y*(1 - 0.3*(x^2 + y^2))"},
                     {"drift.y", "y*(1 - x^2 - y^2) + x*(1 - 0.3*(x^2 + y^2))"},
                     {"noise.x.1", "sqrt(0.08)"},
                     {"noise.y.2", "sqrt(0.08)"}});
}

/// Options of a study with a mesh.
template <class Options>
Options options_on(const model::Sde& sde, const std::vector<std::string>& axes, const StudySetup& setup = {}) {
  Options options;
  options.mesh = make_mesh(sde, axes);
  options.flux = setup.flux;
  options.damping = setup.damping;
  options.estimate = setup.estimate;
  return options;
}

inline study::SpectrumAnswer spectrum_of(const model::Sde& sde, const std::vector<std::string>& axes, int count,
                                         const StudySetup& setup = {}, MPI_Comm comm = MPI_COMM_SELF) {
  auto options = options_on<study::SpectrumOptions>(sde, axes, setup);
  options.count = count;
  return study::spectrum(comm, sde, options);
}

inline std::shared_ptr<const model::Observable> set_of(const model::Sde& sde, const std::string& formula) {
  return std::make_shared<model::Observable>(sde, formula, formula);
}

/// count equal intervals: until/count, …, until.
inline std::vector<double> equal_times(double until, int count) {
  std::vector<double> times;
  for (int k = 1; k <= count; ++k) {
    times.push_back(until * k / count);
  }
  return times;
}

/// count times of equal ratios from `first` to `last`.
inline std::vector<double> log_times(double first, double last, int count) {
  std::vector<double> times;
  for (int k = 0; k < count; ++k) {
    times.push_back(first * std::pow(last / first, static_cast<double>(k) / (count - 1)));
  }
  return times;
}

/// Options of a run from a point.
inline study::EvolveOptions from_point(const model::Sde& sde, const std::vector<std::string>& axes,
                                       const Eigen::VectorXd& center, const Eigen::VectorXd& width,
                                       std::vector<double> outputs, const StudySetup& setup = {}) {
  auto options = options_on<study::EvolveOptions>(sde, axes, setup);
  options.initial = study::point_density(sde, center, width);
  options.until = outputs.back();
  options.outputs = std::move(outputs);
  return options;
}

/// The field of an answer with this path.
inline const study::Field& field(const study::Answer& answer, const std::string& path) {
  for (const auto& candidate : answer.fields) {
    if (candidate.path == path) {
      return candidate;
    }
  }
  throw std::runtime_error("no field " + path);
}

/// |value − truth| ≤ error at one time of a series.
inline void expect_covered(const study::Series& series, std::size_t k, double truth, const std::string& name) {
  ASSERT_LT(k, series.values.size()) << name;
  EXPECT_LE(std::abs(series.values[k] - truth), series.errors[k])
      << name << " = " << number(series.values[k]) << ", truth " << number(truth);
}

/// The same for a quantity of passage.
inline void expect_quantity(const study::PassageAnswer& answer, const std::string& name, double truth) {
  const core::Estimate& found = answer.quantities.at(name);
  ASSERT_TRUE(found.value && found.error) << name << ' ' << found.reason;
  EXPECT_LE(std::abs(*found.value - truth), *found.error)
      << name << " = " << number(*found.value) << ", truth " << number(truth);
}

}  // namespace sgdflux::test
