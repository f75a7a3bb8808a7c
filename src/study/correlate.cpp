#include "sgdflux/study/correlate.hpp"

#include <algorithm>
#include <cmath>

#include "correlation.hpp"
#include "memory.hpp"
#include "posing.hpp"
#include "refusal.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

constexpr int krylov_basis = 120;  ///< vectors of the space that serves a decade of times or frequencies

constexpr double correlation_reach = 8;  ///< standard deviations: f² times the density has to be small at the ends

void require_increasing(const std::string& key, const std::vector<double>& values) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!(values[k] > 0) || !std::isfinite(values[k]) || (k > 0 && !(values[k] > values[k - 1]))) {
      throw core::SettingsError(key + ": " + std::to_string(values[k]) +
                                " is out of order or range: increasing numbers > 0");
    }
  }
}

CorrelateOptions completed(CorrelateOptions options) {
  if (options.frequencies.empty()) {
    for (auto time = options.times.rbegin(); time != options.times.rend(); ++time) {
      options.frequencies.push_back(1 / *time);
    }
  }
  return options;
}

/// Mesh and refusals of one stationary problem; false when it has no answer.
bool settle(MPI_Comm comm, const model::Sde& sde, const CorrelateOptions& options, CorrelateAnswer& answer) {
  std::string refusal;
  la::guard(comm, [&] { refusal = refuse_question(sde, options.mesh); });
  if (!refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = refusal;
    answer.mesh = options.mesh;
    return false;
  }
  return settle_mesh(comm, sde, options, {correlation_reach, false}, answer);
}

std::vector<double> list(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

/// Everything of a report from the (summed) numbers. c = t·D'/D with the errors of both.
void fill(const Correlation& sum, const CorrelateOptions& options, CorrelateAnswer& answer) {
  answer.times = options.times;
  answer.frequencies = options.frequencies;
  answer.autocorrelation = {list(sum.autocorrelation), list(sum.autocorrelation_error), {}};
  answer.displacement = {list(sum.displacement), list(sum.displacement_error), {}};
  answer.power = {list(sum.power), list(sum.power_error), {}};
  const Eigen::ArrayXd t = Eigen::Map<const Eigen::ArrayXd>(options.times.data(), sum.displacement.size());
  const Eigen::ArrayXd exponent = t * sum.slope / sum.displacement;
  answer.exponent = {list(exponent),
                     list(t * sum.slope_error / sum.displacement.abs() +
                          exponent.abs() * sum.displacement_error / sum.displacement.abs()),
                     {}};
  const bool known = std::isfinite(sum.variance);
  const std::string why = known ? "" : sum.undefined.empty() ? "not finite" : sum.undefined;
  answer.observables["mean"] = known ? core::Estimate{sum.mean, sum.mean_error, {}} : core::undefined(why);
  answer.observables["variance"] = known ? core::Estimate{sum.variance, sum.variance_error, {}} : core::undefined(why);
  for (Series* series : {&answer.autocorrelation, &answer.displacement, &answer.exponent, &answer.power}) {
    series->reason = why;
  }
  if (sum.exact_displacement.size() > 0) {
    answer.reference_displacement = list(sum.exact_displacement);
    answer.reference_source = sum.source;
  }
  if (!options.estimate) {
    answer.remarks.emplace_back(
        "scheme.estimate = off: errors hold truncation and solver only, not the discretisation");
  }
}

/// The numbers of a correlation in one row, so that rows of different ranks can be added.
constexpr int scalars = 4;

Eigen::ArrayXd packed(const Correlation& c) {
  Eigen::ArrayXd row(scalars + 6 * c.displacement.size() + 2 * c.power.size() + c.displacement.size());
  const Eigen::ArrayXd exact =
      c.exact_displacement.size() > 0 ? c.exact_displacement : Eigen::ArrayXd::Zero(c.displacement.size());
  row << c.mean, c.mean_error, c.variance, c.variance_error, c.autocorrelation, c.autocorrelation_error, c.displacement,
      c.displacement_error, c.slope, c.slope_error, c.power, c.power_error, exact;
  return row;
}

Correlation unpacked(const Eigen::ArrayXd& row, const CorrelateOptions& options) {
  const auto times = static_cast<Eigen::Index>(options.times.size());
  const auto frequencies = static_cast<Eigen::Index>(options.frequencies.size());
  Eigen::Index at = scalars;
  const auto next = [&](Eigen::Index size) {
    at += size;
    return Eigen::ArrayXd(row.segment(at - size, size));
  };
  Correlation c;
  c.mean = row(0);
  c.mean_error = row(1);
  c.variance = row(2);
  c.variance_error = row(3);
  for (Eigen::ArrayXd* part : {&c.autocorrelation, &c.autocorrelation_error, &c.displacement, &c.displacement_error,
                               &c.slope, &c.slope_error}) {
    *part = next(times);
  }
  c.power = next(frequencies);
  c.power_error = next(frequencies);
  c.exact_displacement = next(times);
  return c;
}

/// What the modes of one rank tell the others besides their numbers.
struct Dealt {
  Eigen::ArrayXXd rows;  ///< a column per mode, zero for those of other ranks
  Eigen::ArrayXd known;  ///< 1 where the closed form is known
  double worst = 0;      ///< largest verdict number, see Verdict
  CorrelateAnswer last;  ///< of the last mode, for mesh and scheme
  std::string source;
};

void solve_mode(const model::Sde& sde, const CorrelateOptions& options, const std::string& observable,
                const std::map<std::string, double>& constants, Eigen::Index k, Dealt& dealt) {
  CorrelateAnswer answer;
  const fv::Scheme scheme = choose_scheme(sde, options, true, answer);
  const model::Observable f(sde, observable, observable, constants);
  if (settle(MPI_COMM_SELF, sde, options, answer)) {
    const Correlation numbers = correlations(MPI_COMM_SELF, sde, options, f, scheme, answer);
    if (numbers.displacement.size() > 0) {
      dealt.rows.col(k) = packed(numbers);
    }
    dealt.known(k) = numbers.exact_displacement.size() > 0 ? 1 : 0;
    dealt.source = numbers.source;
  }
  if (answer.verdict != Verdict::converged && dealt.last.reason.empty()) {
    dealt.last.reason = "mode " + std::to_string(k + 1) + ": " + answer.reason;
    dealt.last.verdict = answer.verdict;
  }
  answer.reason = dealt.last.reason;
  answer.verdict = dealt.last.verdict;
  dealt.last = std::move(answer);
}

/// Verdicts of modes on other ranks count, too; the first rank that has a reason speaks.
void share_verdict(MPI_Comm comm, const Dealt& dealt, CorrelateAnswer& answer) {
  const int ranks = la::size(comm);
  int speaker = dealt.last.reason.empty() ? ranks : la::rank(comm);
  MPI_Allreduce(MPI_IN_PLACE, &speaker, 1, MPI_INT, MPI_MIN, comm);
  if (speaker == ranks) {
    return;
  }
  std::string text = dealt.last.reason;
  int header[2] = {static_cast<int>(dealt.last.verdict), static_cast<int>(text.size())};
  MPI_Bcast(header, 2, MPI_INT, speaker, comm);
  text.resize(static_cast<std::size_t>(header[1]));
  MPI_Bcast(text.data(), header[1], MPI_CHAR, speaker, comm);
  answer.verdict = static_cast<Verdict>(header[0]);
  answer.reason = text;
}

}  // namespace

void CorrelateOptions::validate(const model::Sde& sde) const {
  Options::validate(sde);
  if (times.empty()) {
    throw core::SettingsError("correlate.times: at least one time is needed");
  }
  require_increasing("correlate.times", times);
  require_increasing("correlate.frequencies", frequencies);
}

CorrelateAnswer correlate(MPI_Comm comm, const model::Sde& sde, const CorrelateOptions& given,
                          const model::Observable& observable) {
  given.validate(sde);
  const CorrelateOptions options = completed(given);
  CorrelateAnswer answer;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, true, answer);
  if (!settle(comm, sde, options, answer)) {
    return answer;
  }
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit, {Systems::shifted, krylov_basis});
  Stopwatch watch(answer);
  const Correlation numbers = correlations(comm, sde, options, observable, scheme, answer);
  watch.lap("solve");
  if (answer.verdict != Verdict::several_ergodic_components) {
    fill(numbers, options, answer);
  }
  return answer;
}

CorrelateAnswer correlate_sum(MPI_Comm comm, const std::vector<std::unique_ptr<model::Sde>>& modes,
                              const CorrelateOptions& given, const std::string& observable,
                              const std::map<std::string, double>& constants) {
  for (const auto& sde : modes) {
    given.validate(*sde);
  }
  const CorrelateOptions options = completed(given);
  const auto count = static_cast<Eigen::Index>(modes.size());
  const auto size = scalars + 7 * static_cast<Eigen::Index>(options.times.size()) +
                    2 * static_cast<Eigen::Index>(options.frequencies.size());
  Dealt dealt{Eigen::ArrayXXd::Zero(size, count), Eigen::ArrayXd::Zero(count), 0, {}, {}};
  la::guard(comm, [&] {
    for (Eigen::Index k = la::rank(comm); k < count; k += la::size(comm)) {
      report_progress(comm, options, "modes", static_cast<double>(k) / static_cast<double>(count));
      solve_mode(*modes[static_cast<std::size_t>(k)], options, observable, constants, k, dealt);
    }
  });
  Eigen::ArrayXd all = Eigen::Map<Eigen::ArrayXd>(dealt.rows.data(), dealt.rows.size());
  la::sum(comm, all);
  la::sum(comm, dealt.known);
  // Summed in the order of the modes, whichever rank they were on: the same numbers on every number of ranks.
  const Eigen::Map<const Eigen::ArrayXXd> rows(all.data(), size, count);
  Eigen::ArrayXd total = Eigen::ArrayXd::Zero(size);
  for (Eigen::Index k = 0; k < count; ++k) {
    total += rows.col(k);
  }
  CorrelateAnswer answer = dealt.last;
  answer.fields.clear();
  answer.problems = static_cast<int>(count);
  share_verdict(comm, dealt, answer);
  Correlation sum = unpacked(total, options);
  sum.source = dealt.source;
  if (dealt.known.minCoeff() < 1) {
    sum.exact_displacement.resize(0);
  }
  if (answer.verdict == Verdict::converged || answer.verdict == Verdict::not_converged) {
    fill(sum, options, answer);
  }
  return answer;
}

}  // namespace sgdflux::study
