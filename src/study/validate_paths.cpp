/// Solver against exact law and against paths: moments and densities.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "assembly.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "validate_parts.hpp"

namespace sgdflux::study {
namespace {

constexpr double rounding = 1e-11;     ///< relative, of the exact values themselves
constexpr double remainder = 0.25;     ///< of the step's bias: what its leading order may leave
constexpr double tested_as_is = 1e-6;  ///< negative cells and lost mass that tests of the density bear
constexpr double visible_bias = 0.5;   ///< standard errors of the mean: beyond, tests of the density see the step

/// Value, standard error and remaining bias of a sampled observable, once the bias of the step is taken off.
struct Sampled {
  double value, sigma, floor;
};

Sampled unbiased(const std::string& name, const SampleAnswer& paths) {
  const core::Estimate& raw = paths.observables.at(name);
  Sampled sampled{*raw.value, raw.error.value_or(0), 0};
  const auto step = paths.step_error.find(name);
  if (step != paths.step_error.end() && step->second.value) {
    sampled.value -= *step->second.value;
    sampled.sigma = std::hypot(sampled.sigma, step->second.error.value_or(0));
    sampled.floor = remainder * std::abs(*step->second.value);
  }
  return sampled;
}

bool trusted(const core::Estimate& estimate) {
  return estimate.value && estimate.error && std::isfinite(*estimate.error) && estimate.reason.empty();
}

void compare(const std::map<std::string, core::Estimate>& solved, const SampleAnswer& paths, Validation& validation) {
  for (const auto& [name, estimate] : solved) {
    const auto sampled = paths.observables.find(name);
    if (!estimate.value || sampled == paths.observables.end() || !sampled->second.value) {
      continue;
    }
    if (!trusted(sampled->second)) {
      validation.answer.skipped.push_back(name + ": " + sampled->second.reason);
      continue;
    }
    const Sampled b = unbiased(name, paths);
    validation.checks.statistical("paths." + name, *estimate.value, b.value, b.sigma,
                                  b.floor + estimate.error.value_or(0));
  }
}

/// The step's bias of an observable, in its standard errors.
double bias_in_errors(const std::string& name, const SampleAnswer& paths) {
  const auto step = paths.step_error.find(name);
  const auto mean = paths.observables.find(name);
  const bool known = step != paths.step_error.end() && step->second.value && mean != paths.observables.end() &&
                     mean->second.error && *mean->second.error > 0;
  return known ? std::abs(*step->second.value) / *mean->second.error : 0;
}

Eigen::ArrayXd marginal(const Eigen::ArrayXd& whole, const std::vector<mesh::AxisSpec>& axes, std::size_t d) {
  core::Index inner = 1;
  for (std::size_t e = d + 1; e < axes.size(); ++e) {
    inner *= axes[e].cells;
  }
  Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(axes[d].cells);
  for (Eigen::Index k = 0; k < whole.size(); ++k) {
    sums[k / inner % axes[d].cells] += whole[k];
  }
  return sums;
}

void add_p_value(const std::string& name, const sample::Goodness& goodness, Validation& validation) {
  if (std::isfinite(goodness.p_value)) {
    validation.checks.distribution(name, goodness.p_value);
  } else {
    validation.answer.skipped.push_back(name + ": too few independent groups of paths");
  }
}

}  // namespace

std::map<std::string, core::Estimate> clipped_moments(MPI_Comm comm, const model::Sde& sde, const Options& options,
                                                      const std::vector<mesh::AxisSpec>& mesh,
                                                      const std::map<std::string, std::pair<double, double>>& clip) {
  std::vector<std::string> names = sde.variables();
  for (const model::Derived& derived : sde.derived()) {
    names.push_back(derived.name);
  }
  std::vector<model::Observable> observables;
  std::vector<std::string> used;
  for (const std::string& q : names) {
    const auto bounds = clip.find(q);
    if (bounds == clip.end() || !std::isfinite(bounds->second.first) || !std::isfinite(bounds->second.second)) {
      continue;
    }
    const double centre = (bounds->second.first + bounds->second.second) / 2;
    const std::string clipped = "(min(max(" + q + "," + core::exact_digits(bounds->second.first) + ")," +
                                core::exact_digits(bounds->second.second) + ")-(" + core::exact_digits(centre) + "))";
    observables.emplace_back(sde, "first_" + q, clipped);
    observables.emplace_back(sde, "second_" + q, clipped + "^2");
    used.push_back(q);
  }
  StationaryOptions solving;
  static_cast<Options&>(solving) = options;
  solving.mesh = mesh;
  solving.tolerance.reset();
  const StationaryAnswer solved = stationary(comm, sde, solving, observables);
  std::map<std::string, core::Estimate> moments;
  for (const std::string& q : used) {
    if (solved.observables.empty()) {
      continue;
    }
    const core::Estimate& first = solved.observables.at("first_" + q);
    const core::Estimate& second = solved.observables.at("second_" + q);
    if (first.value && second.value) {
      const double centre = (clip.at(q).first + clip.at(q).second) / 2;
      const double error = first.error.value_or(0);
      moments["clipped.mean." + q] = {*first.value + centre, error, ""};
      moments["clipped.var." + q] = {*second.value - *first.value * *first.value,
                                     second.error.value_or(0) + 2 * std::abs(*first.value) * error, ""};
    }
  }
  return moments;
}

Eigen::ArrayXd gathered_field(MPI_Comm comm, const Answer& answer, const std::string& path, const mesh::Grid& grid) {
  mesh::Box whole;
  whole.upper = grid.shape();
  Eigen::ArrayXd values = Eigen::ArrayXd::Zero(grid.cells());
  for (const Field& field : answer.fields) {
    for (core::Index k = 0; field.path == path && k < field.box.cells(); ++k) {
      values[whole.position(field.box.cell(k))] = field.values[static_cast<std::size_t>(k)];
    }
  }
  MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_DOUBLE, MPI_SUM, comm);
  return values;
}

Eigen::ArrayXd cell_probabilities(MPI_Comm comm, const StationaryAnswer& solved) {
  const mesh::Grid grid(make_axes(solved.mesh));
  mesh::Box whole;
  whole.upper = grid.shape();
  return gathered_field(comm, solved, "density", grid) * fv::jacobian(grid, whole) * grid.cell_volume();
}

void compare_with_exact(const StationaryAnswer& solved, Validation& validation) {
  if (!solved.reference) {
    validation.answer.skipped.emplace_back("exact result: none is known for this model");
    return;
  }
  for (const auto& [name, exact] : solved.reference->observables) {
    const auto found = solved.observables.find(name);
    if (found != solved.observables.end() && found->second.value) {
      validation.checks.exact("exact." + name, *found->second.value, exact,
                              found->second.error.value_or(0) + rounding * std::abs(exact));
    }
  }
  if (solved.reference->l1 && solved.density_error) {
    validation.checks.exact("exact.density.l1", *solved.reference->l1, 0, *solved.density_error + rounding);
  }
}

void compare_moments(const StationaryAnswer& solved, const SampleAnswer& paths, Validation& validation) {
  compare(solved.observables, paths, validation);
  compare(clipped_moments(validation.comm, validation.sde, validation.options, validation.mesh, paths.clip), paths,
          validation);
  compare(solved.current.quantities, paths, validation);
}

void compare_densities(const StationaryAnswer& solved, const SampleAnswer& paths, Validation& validation) {
  for (const std::string& variable : validation.sde.variables()) {
    const double bias =
        std::max(bias_in_errors("clipped.mean." + variable, paths), bias_in_errors("clipped.var." + variable, paths));
    if (bias > visible_bias) {
      validation.answer.skipped.push_back("tests of the density: the bias of the step is " + std::to_string(bias) +
                                          " standard errors of a moment of " + variable +
                                          ", they would see it; a smaller sample.dt tells");
      return;
    }
  }
  const Eigen::ArrayXd whole = cell_probabilities(validation.comm, solved);
  if (whole.minCoeff() < -tested_as_is || std::abs(whole.sum() - 1) > tested_as_is) {
    validation.answer.skipped.push_back("tests of the density: its cells are no probabilities, the smallest is " +
                                        std::to_string(whole.minCoeff()));
    return;
  }
  for (const sample::Binning& binning : paths.recording->binnings) {
    const sample::Histogram found = sample::histogram(binning.counts, binning.total);
    const bool joint = binning.variables.size() == solved.mesh.size();
    const Eigen::ArrayXd expected =
        joint ? whole : marginal(whole, solved.mesh, static_cast<std::size_t>(binning.variables.front()));
    std::string name;
    for (const int d : binning.variables) {
      name += "." + validation.sde.variables()[static_cast<std::size_t>(d)];
    }
    add_p_value("paths.density.chi_squared" + name, sample::chi_squared(found, expected), validation);
    if (binning.variables.size() == 1) {
      add_p_value("paths.density.kolmogorov_smirnov" + name, sample::kolmogorov_smirnov(found, expected), validation);
    }
  }
}

void add_marginals(const std::string& group, const SampleAnswer& paths, Answer& answer) {
  for (const Array& array : paths.arrays) {
    if (array.path.starts_with("marginal")) {
      answer.arrays.push_back({group + "/" + array.path, array.meaning, array.shape, array.values});
    }
  }
}

}  // namespace sgdflux::study
