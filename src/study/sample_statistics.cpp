#include "sample_statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

#include "posing.hpp"

namespace sgdflux::study {
namespace {

constexpr double tolerable_loss = 0.02;  ///< share of paths that may be lost before the rest is no fair sample
constexpr double visible_tail = 0.25;    ///< standard errors of a variance that come from beyond the clipping range
constexpr double false_alarms = 1e-3;    ///< of the burn-in check, all quantities together

/// Single weights have symmetries of their own (all signs may flip at once): they decide nothing.
bool decides(const std::string& quantity, const model::Sde& sde, const sample::Plan& plan) {
  const auto is = [&](const auto& one) { return one.name == quantity; };
  return std::find(sde.variables().begin(), sde.variables().end(), quantity) != sde.variables().end() ||
         std::any_of(sde.derived().begin(), sde.derived().end(), is) ||
         std::any_of(plan.formulas.begin(), plan.formulas.end(), is);
}

/// Columns of the histories that belong to paths that live.
Eigen::ArrayXXd living(const Eigen::ArrayXXd& history, const sample::Alive& alive) {
  Eigen::ArrayXXd kept(history.rows(), history.cols());
  Eigen::Index count = 0;
  for (Eigen::Index path = 0; path < history.cols(); ++path) {
    if (alive[path] && history.col(path).isFinite().all()) {
      kept.col(count++) = history.col(path);
    }
  }
  kept.conservativeResize(Eigen::NoChange, count);
  return kept;
}

/// "spread.x" and "clipped.x" in words.
std::string what_changes(const std::string& name) {
  const std::string quantity = name.substr(name.find('.') + 1);
  return name.starts_with("spread.")    ? "the spread of " + quantity
         : name.starts_with("clipped.") ? "the mean of " + quantity + ", clipped,"
                                        : "the mean of " + name;
}

}  // namespace

void count_divergence(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer) {
  answer.paths = recording.death.size();
  answer.diverged = (recording.death >= 0).count();
  answer.end_time = recording.end_time;
  const double earliest = (recording.death >= 0).select(recording.death, recording.death.maxCoeff()).minCoeff();
  const double first = answer.diverged > 0 ? process.time(static_cast<std::int64_t>(earliest)) : 0;
  answer.first_divergence = first;
  if (answer.diverged == 0) {
    return;
  }
  std::ostringstream text;
  text << answer.diverged << " of " << answer.paths
       << " paths diverged or left the domain of the model, the first one by t = " << first
       << ": they are in no average and no histogram";
  answer.remarks.push_back(text.str());
  if (static_cast<double>(answer.diverged) > tolerable_loss * static_cast<double>(answer.paths)) {
    doubt(answer, text.str() + ", and what is left is no fair sample");
  }
}

void check_burn_in(const model::Sde& sde, const SampleOptions& options, const sample::Recording& recording,
                   SampleAnswer& answer) {
  std::string worst;
  for (const auto& [name, change] : sample::spreads(recording.tally, recording.alive)) {
    if (decides(name, sde, options.plan) && std::isfinite(change)) {
      answer.drift["spread." + name] = change;
      worst = worst.empty() || std::abs(change) > std::abs(answer.drift[worst]) ? "spread." + name : worst;
    }
  }
  for (const auto& [name, change] : sample::drifts(recording.tally, recording.alive)) {
    const std::string quantity = name.starts_with("clipped.") ? name.substr(8) : name;
    if (decides(quantity, sde, options.plan) && std::isfinite(change)) {
      answer.drift[name] = change;
      worst = worst.empty() || std::abs(change) > std::abs(answer.drift[worst]) ? name : worst;
    }
  }
  const auto count = static_cast<double>(std::max<std::size_t>(answer.drift.size(), 1));
  answer.drift_limit =
      boost::math::quantile(boost::math::complement(boost::math::normal(), false_alarms / (2 * count)));
  if (worst.empty() || std::abs(answer.drift[worst]) <= answer.drift_limit) {
    return;
  }
  std::ostringstream text;
  text.precision(3);
  text << what_changes(worst) << " still changes over the run, by " << std::abs(answer.drift[worst])
       << " standard errors";
  if (options.plan.burn > 0) {
    doubt(answer,
          text.str() + ": the start is not forgotten, or there is no stationary law; a longer sample.burn tells");
  } else {
    answer.remarks.push_back(text.str() + "; without burn-in the numbers are those of the transient");
  }
}

void remark_on_records(const sample::Process& process, const SampleOptions& options, SampleAnswer& answer) {
  if (process.variables() > 1 && options.plan.every < 2) {
    answer.remarks.emplace_back("circulations are not recorded with sample.every = 1: they need two steps per record");
  }
  if (options.epoch > 1 && std::gcd(options.plan.every, options.epoch) > 1) {
    answer.remarks.push_back("records every " + std::to_string(options.plan.every) +
                             " steps see some phases of the epochs of " + std::to_string(options.epoch) +
                             " steps only; choose a sample.every without common divisor");
  }
}

void mark_tails(SampleAnswer& answer) {
  const std::string clipped = "clipped.var.";
  for (const auto& [name, estimate] : answer.observables) {
    if (!name.starts_with(clipped) || !estimate.value) {
      continue;
    }
    const std::string quantity = name.substr(clipped.size());
    core::Estimate& raw = answer.observables.at("cov." + quantity + "." + quantity);
    const double beyond = raw.value ? *raw.value - *estimate.value : 0;
    if (raw.reason.empty() && std::abs(beyond) > visible_tail * raw.error.value_or(0)) {
      std::ostringstream text;
      text.precision(2);
      text << "its error is not to be trusted: values beyond the clipping range make " << 100 * beyond / *raw.value
           << " % of it (heavy tails); see " << name;
      raw.reason = text.str();
    }
  }
}

void add_quantiles(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer) {
  static const std::vector<double> probabilities{.01, .05, .25, .5, .75, .95, .99};
  const auto times = static_cast<Eigen::Index>(recording.snapshots.size()) - 1;
  for (std::size_t q = 0; q < process.quantities().size(); ++q) {
    const auto column = static_cast<Eigen::Index>(q);
    Eigen::ArrayXXd values(answer.paths, times);
    for (Eigen::Index k = 0; k < times; ++k) {
      values.col(k) = recording.snapshots[static_cast<std::size_t>(k) + 1].col(column);
    }
    const auto found = sample::quantiles(values, recording.alive, probabilities);
    for (std::size_t p = 0; p < probabilities.size(); ++p) {
      answer.quantiles[process.quantities()[q]][probabilities[p]] = found[p];
    }
    answer.clip[process.quantities()[q]] = {recording.settling.lower[column], recording.settling.upper[column]};
  }
}

void add_correlations(const sample::Process& process, const SampleOptions& options, const sample::Recording& recording,
                      SampleAnswer& answer) {
  if (recording.record_time == 0) {
    answer.remarks.emplace_back("correlations in time: the learning rate changes, records are not evenly spaced");
    return;
  }
  const double values = static_cast<double>(recording.alive.count()) * static_cast<double>(options.plan.records());
  for (std::size_t q = 0; q < process.quantities().size() && !recording.history.empty(); ++q) {
    const Eigen::ArrayXXd history = living(recording.history[q], recording.alive);
    const Eigen::Index lost = recording.alive.head(recording.history[q].cols()).count() - history.cols();
    if (lost > 0) {
      answer.remarks.push_back("correlations of " + process.quantities()[q] + ": " + std::to_string(lost) +
                               " recorded paths are left out, it is not finite on them");
    }
    if (history.cols() == 0 || history.rows() < 8) {
      continue;
    }
    sample::Correlations found = sample::correlations(history);
    if (!(found.time > 0)) {
      found.time = std::numeric_limits<double>::quiet_NaN();
      found.reason = found.reason.empty() ? "positive and negative correlations cancel" : found.reason;
    }
    TimeCorrelation& one = answer.correlations[process.quantities()[q]];
    const double dt = recording.record_time;
    one.time = std::isfinite(found.time) ? core::Estimate{found.time * dt, found.time_error * dt, found.reason}
                                         : core::undefined(found.reason);
    if (!std::isfinite(found.time_error)) {
      one.time.error.reset();
    }
    one.effective = values / found.time;
    for (const core::Index lag : found.lags) {
      one.lags.push_back(static_cast<double>(lag) * dt);
    }
    one.covariance = {found.covariance, found.error, ""};
    one.displacement = {found.displacement, found.displacement_error, ""};
  }
}

void add_series(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer) {
  answer.times = recording.times;
  const double alive = static_cast<double>(recording.alive.count());
  const auto columns = static_cast<Eigen::Index>(recording.columns.size());
  const auto named = static_cast<Eigen::Index>(process.quantities().size());
  for (Eigen::Index column = 0; column < columns; ++column) {
    const std::string& name = recording.columns[static_cast<std::size_t>(column)];
    if (column >= named && (name.starts_with("clipped.") || name.starts_with("circulation"))) {
      continue;
    }
    Series& series = answer.series[name];
    series.reason = alive > 1 ? "" : "one path has no standard error";
    for (const sample::Batch& snapshot : recording.snapshots) {
      const Eigen::ArrayXd values = recording.alive.select(snapshot.col(column), 0);
      const double mean = values.sum() / alive;
      const double square = recording.alive.select((snapshot.col(column) - mean).square(), 0).sum();
      series.values.push_back(mean);
      series.errors.push_back(alive > 1 ? std::sqrt(square / (alive - 1) / alive)
                                        : std::numeric_limits<double>::quiet_NaN());
    }
  }
}

void move_circulation_steps(const SampleOptions& options, SampleAnswer& answer) {
  const std::string bias = "mean.circulation_step.";
  std::erase_if(answer.step_error, [&](const auto& one) { return one.first.starts_with(bias); });
  for (const auto& [name, estimate] : answer.observables) {
    if (name.starts_with(bias) && options.weak_order == 0 && !options.discrete) {
      answer.step_error["circulation." + name.substr(bias.size())] = estimate;
    }
  }
  std::erase_if(answer.observables, [&](const auto& one) { return one.first.starts_with(bias); });
}

}  // namespace sgdflux::study
