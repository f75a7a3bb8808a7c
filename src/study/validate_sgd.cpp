/// Solver against SGD at several learning rates; what is left of the gap as they go to 0.
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "posing.hpp"
#include "validate_parts.hpp"

namespace sgdflux::study {
namespace {

constexpr double most_shape = 0.05;   ///< of the limit: what the choice between line and parabola may excuse
constexpr double acceptable_fit = 9;  ///< χ² per degree of freedom of a straight line before a parabola is taken

SampleAnswer run_sgd(const SgdRun& run, const std::vector<mesh::AxisSpec>& mesh, Validation& validation) {
  SampleOptions sampling;
  static_cast<Options&>(sampling) = validation.options;
  sampling.mesh = mesh;
  sampling.plan = validation.options.plan;
  // The plan is that of the largest learning rate; smaller ones take more steps for the same time.
  const auto longer = std::llround(validation.options.sgd.back().eta / run.eta);
  sampling.plan.burn *= longer;
  sampling.plan.steps *= longer;
  sampling.plan.every *= longer;
  sampling.process = [&run](bool) { return run.process(); };
  sampling.discrete = true;
  return sample(validation.comm, *run.sde, sampling);
}

/// Of the model's quantities whose moments can be trusted: means in units of the standard deviation, variances of
/// theirs.
std::vector<Gap> gaps_of(const SgdRun& run, const std::map<std::string, core::Estimate>& solved,
                         const SampleAnswer& sgd) {
  std::vector<Gap> gaps;
  for (const auto& [name, estimate] : solved) {
    const auto found = sgd.observables.find(name);
    if (!name.starts_with("clipped.") || !estimate.value || found == sgd.observables.end() || !found->second.value ||
        !found->second.reason.empty()) {
      continue;
    }
    const bool mean = name.starts_with("clipped.mean.");
    const std::string variance = "clipped.var." + name.substr(name.find('.', 8) + 1);
    const auto scale = solved.find(variance);
    if (scale == solved.end() || !scale->second.value || !(*scale->second.value > 0)) {
      continue;
    }
    const double unit = mean ? std::sqrt(*scale->second.value) : *scale->second.value;
    Gap gap{name, run.eta, run.batch, *found->second.value, *estimate.value, 0, 0};
    gap.relative = (gap.sgd - gap.sde) / unit;
    gap.error = std::hypot(found->second.error.value_or(0), estimate.error.value_or(0)) / unit;
    gaps.push_back(gap);
  }
  return gaps;
}

struct Line {
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd covariance;
  double chi_squared = 0;
};

/// Weighted least squares of polynomials of that degree in η.
Line fit(const std::vector<Gap>& gaps, int degree) {
  const auto n = static_cast<Eigen::Index>(gaps.size());
  Eigen::MatrixXd design(n, degree + 1);
  Eigen::VectorXd values(n);
  for (Eigen::Index k = 0; k < n; ++k) {
    const Gap& gap = gaps[static_cast<std::size_t>(k)];
    for (int power = 0; power <= degree; ++power) {
      design(k, power) = std::pow(gap.eta, power) / gap.error;
    }
    values[k] = gap.relative / gap.error;
  }
  const Eigen::MatrixXd normal = design.transpose() * design;
  Line line;
  line.coefficients = design.colPivHouseholderQr().solve(values);
  line.covariance = normal.inverse();
  line.chi_squared = (design * line.coefficients - values).squaredNorm();
  return line;
}

core::Estimate coefficient(const Line& line, Eigen::Index power) {
  return power < line.coefficients.size()
             ? core::Estimate{line.coefficients[power], std::sqrt(line.covariance(power, power)), ""}
             : core::undefined("a straight line was fitted");
}

GapFit fit_of(const std::vector<Gap>& gaps) {
  const Line line = fit(gaps, 1);
  const Line parabola = fit(gaps, 2);
  const auto freedom = static_cast<double>(gaps.size()) - 2;
  const bool bent = line.chi_squared > acceptable_fit * freedom;
  const Line& taken = bent ? parabola : line;
  return {gaps.front().quantity, coefficient(taken, 0), coefficient(taken, 1), coefficient(taken, 2),
          (bent ? line : parabola).coefficients[0]};
}

bool usable(const std::vector<Gap>& gaps, std::size_t runs) {
  return gaps.size() == runs && std::all_of(gaps.begin(), gaps.end(),
                                            [](const Gap& gap) { return gap.error > 0 && std::isfinite(gap.error); });
}

void add_fits(Validation& validation) {
  ValidateAnswer& answer = validation.answer;
  std::vector<std::string> names;
  for (const Gap& gap : answer.gaps) {
    if (std::find(names.begin(), names.end(), gap.quantity) == names.end()) {
      names.push_back(gap.quantity);
    }
  }
  for (const std::string& name : names) {
    std::vector<Gap> gaps;
    std::copy_if(answer.gaps.begin(), answer.gaps.end(), std::back_inserter(gaps),
                 [&](const Gap& gap) { return gap.quantity == name; });
    if (gaps.size() < 3 || !usable(gaps, validation.options.sgd.size())) {
      answer.skipped.push_back("limit of the gap of " + name + ": fewer than three learning rates can be used");
      continue;
    }
    answer.fits.push_back(fit_of(gaps));
    const GapFit& found = answer.fits.back();
    const double shape = std::min(std::abs(*found.limit.value - found.other), most_shape);
    validation.checks.statistical("sgd.limit." + name, *found.limit.value, 0, *found.limit.error,
                                  validation.options.model_error + shape);
  }
}

}  // namespace

void compare_sgd(Validation& validation) {
  ValidateAnswer& answer = validation.answer;
  for (std::size_t k = 0; k < validation.options.sgd.size(); ++k) {
    const SgdRun& run = validation.options.sgd[k];
    const bool own = run.sde->parameters().scalars() != validation.sde.parameters().scalars();
    const std::vector<mesh::AxisSpec>& mesh = own ? validation.options.mesh : validation.mesh;
    const SampleAnswer sgd = run_sgd(run, mesh, validation);
    const std::string label = "SGD at eta = " + std::to_string(run.eta);
    for (const std::string& remark : sgd.remarks) {
      answer.remarks.push_back(label + ": " + remark);
    }
    if (sgd.verdict != Verdict::converged) {
      doubt(answer, label + ": " + sgd.reason);
      continue;
    }
    const auto moments = clipped_moments(validation.comm, *run.sde, validation.options, mesh, sgd.clip);
    const std::vector<Gap> gaps = gaps_of(run, moments, sgd);
    answer.gaps.insert(answer.gaps.end(), gaps.begin(), gaps.end());
    if (!own) {
      add_marginals("sgd/" + std::to_string(k + 1), sgd, answer);
    }
  }
  if (!validation.options.sgd.empty()) {
    add_fits(validation);
  }
}

}  // namespace sgdflux::study
