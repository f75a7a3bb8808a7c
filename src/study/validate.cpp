#include "sgdflux/study/validate.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "posing.hpp"
#include "scaled_drift.hpp"
#include "sgdflux/core/errors.hpp"
#include "validate_parts.hpp"

namespace sgdflux::study {
namespace {

constexpr core::Index histories = 256;  ///< paths whose correlations are looked at
constexpr core::Index history_records = 2048;

SampleOptions sample_options(const ValidateOptions& options, const model::Sde& sde,
                             const std::vector<mesh::AxisSpec>& mesh) {
  SampleOptions sampling;
  static_cast<Options&>(sampling) = options;
  sampling.mesh = mesh;
  sampling.plan = options.plan;
  sampling.plan.history = histories;
  sampling.plan.history_records = history_records;
  sampling.weak_order = options.weak_order;
  sampling.process = [&options, &sde](bool half) { return options.paths(sde, half); };
  return sampling;
}

void copy_solver(const StationaryAnswer& solved, ValidateAnswer& answer) {
  static_cast<Answer&>(answer) = solved;
  if (solved.reference) {
    answer.remarks.push_back("exact result: " + solved.reference->source);
  }
}

/// Paths of the model, or of one whose drift was made wrong on purpose.
SampleAnswer run_paths(Validation& validation) {
  const ValidateOptions& options = validation.options;
  std::unique_ptr<model::Sde> wrong;
  if (options.drift_factor != 1) {
    wrong = std::make_unique<ScaledDrift>(validation.sde, options.drift_factor);
    std::ostringstream text;
    text << "the drift of the paths was multiplied by " << options.drift_factor << " on purpose";
    validation.answer.remarks.push_back(text.str());
  }
  const model::Sde& sde = wrong ? *wrong : validation.sde;
  return sample(validation.comm, sde, sample_options(options, sde, validation.mesh));
}

void compare_paths(const StationaryAnswer& solved, Validation& validation) {
  const SampleAnswer paths = run_paths(validation);
  validation.answer.method = paths.method;
  for (const std::string& remark : paths.remarks) {
    validation.answer.remarks.push_back("paths: " + remark);
  }
  if (paths.verdict == Verdict::no_stationary_density) {
    validation.checks.exact("paths.alive", 0, 1, 0);  // the solver has a density, the paths have none
    validation.answer.skipped.push_back("all comparisons with paths: " + paths.reason);
    return;
  }
  if (paths.verdict == Verdict::not_converged) {
    doubt(validation.answer, "paths: " + paths.reason);
  }
  compare_moments(solved, paths, validation);
  compare_densities(solved, paths, validation);
  compare_dynamics(paths, validation);
  add_marginals("paths", paths, validation.answer);
}

void judge(Validation& validation) {
  ValidateAnswer& answer = validation.answer;
  answer.checks = validation.checks.finish(validation.options.significance);
  const auto failed = std::count_if(answer.checks.begin(), answer.checks.end(), [](const Check& c) { return !c.pass; });
  if (failed > 0) {
    answer.verdict = Verdict::disagreement;
    answer.reason = std::to_string(failed) + " of " + std::to_string(answer.checks.size()) + " checks disagree:";
    for (const Check& check : answer.checks) {
      answer.reason += check.pass ? "" : " " + check.name;
    }
  }
}

}  // namespace

bool ValidateAnswer::agrees() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.pass; });
}

void ValidateOptions::validate(const model::Sde& model) const {
  Options::validate(model);
  plan.validate();
  if (!(significance > 0 && significance < 0.5)) {
    throw core::SettingsError("validate.significance = " + std::to_string(significance) +
                              " is out of range: 0 < significance < 0.5");
  }
}

ValidateAnswer validate(MPI_Comm comm, const model::Sde& sde, const ValidateOptions& options) {
  options.validate(sde);
  ValidateAnswer answer;
  StationaryOptions solving;
  static_cast<Options&>(solving) = options;
  solving.estimate = true;
  const StationaryAnswer solved = stationary(comm, sde, solving);
  copy_solver(solved, answer);
  if (solved.verdict != Verdict::converged) {
    return answer;
  }
  Stopwatch watch(answer);
  Validation validation{comm, sde, options, answer, {}, solved.mesh};
  compare_with_exact(solved, validation);
  compare_paths(solved, validation);
  watch.lap("paths");
  compare_sgd(validation);
  watch.lap("sgd");
  judge(validation);
  return answer;
}

}  // namespace sgdflux::study
