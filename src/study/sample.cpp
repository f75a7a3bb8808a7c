#include "sgdflux/study/sample.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <sstream>

#include "memory.hpp"
#include "posing.hpp"
#include "sample_fields.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

constexpr double memory_share = 0.9;   ///< of the free memory that a run may take
constexpr double false_alarms = 1e-3;  ///< of the burn-in check, all quantities together
constexpr core::Index fewest_halved = 64;

void refuse_walls(const std::vector<mesh::AxisSpec>& mesh) {
  for (const mesh::AxisSpec& axis : mesh) {
    for (const mesh::Boundary end : {axis.lower, axis.upper}) {
      if (end == mesh::Boundary::absorbing || end == mesh::Boundary::reflecting) {
        throw core::SettingsError("mesh." + axis.name + " = " + axis.to_string() +
                                  ": sampled paths know no walls; leave the ends truncated or periodic");
      }
    }
  }
}

void require_room(MPI_Comm comm, const sample::Process& process, const SampleOptions& options) {
  const double needed = sample::memory(process, options.plan, la::size(comm)) * la::size(comm);
  const double free = memory_share * la::minimum(comm, available_memory());
  const double available = options.memory_limit > 0 ? options.memory_limit * la::size(comm) : free;
  if (needed > available) {
    std::ostringstream text;
    text.precision(3);
    text << "sample.paths = " << options.plan.paths << ": what is recorded of the paths needs about " << needed / 1e9
         << " GB of memory, but " << available / 1e9
         << " GB are available; ask for fewer paths, or fewer sample.blocks or sample.history";
    throw core::SettingsError(text.str());
  }
}

/// The solver's mesh where it has one.
std::vector<mesh::AxisSpec> histogram_axes(MPI_Comm comm, const model::Sde& sde, const SampleOptions& options) {
  Answer attempt;
  try {
    if (settle_mesh(comm, sde, options, {}, attempt)) {
      return attempt.mesh;
    }
  } catch (const core::SettingsError&) {  // what keeps the solver from a domain need not keep paths from running
  }
  return options.mesh;
}

/// "mean.loss" of the formula loss is `loss`; clipped moments are clipped.mean.v and clipped.var.v.
std::string report_name(const std::string& name, const sample::Plan& plan) {
  const std::string mean = "mean.";
  const std::string clipped_mean = "mean.clipped.";
  const std::string clipped_square = "cov.clipped.";
  if (name.starts_with(clipped_mean)) {
    return "clipped.mean." + name.substr(clipped_mean.size());
  }
  if (name.starts_with(clipped_square)) {
    const std::string pair = name.substr(clipped_square.size());  // v.clipped.v
    return "clipped.var." + pair.substr(pair.find(".clipped.") + 9);
  }
  if (name.starts_with("mean.circulation.")) {
    return name.substr(mean.size());
  }
  for (const sample::NamedFormula& formula : plan.formulas) {
    if (name == mean + formula.name) {
      return formula.name;
    }
  }
  return name;
}

std::map<std::string, core::Estimate> renamed(const std::map<std::string, core::Estimate>& estimates,
                                              const sample::Plan& plan) {
  std::map<std::string, core::Estimate> result;
  for (const auto& [name, estimate] : estimates) {
    result[report_name(name, plan)] = estimate;
  }
  return result;
}

sample::Tally first_paths(const sample::Tally& tally, core::Index paths) {
  sample::Tally part(tally.layout(), 0, paths, tally.blocks());
  for (int block = 0; block < tally.blocks(); ++block) {
    part.sums(block) = tally.sums(block).topRows(paths);
    part.set_records(block, tally.records(block));
  }
  return part;
}

sample::Plan halved_plan(const sample::Plan& plan, const sample::Recording& whole) {
  sample::Plan half = plan;
  half.paths = std::min(plan.paths, std::max(fewest_halved, plan.paths / 4));
  half.burn *= 2;
  half.steps *= 2;
  half.every *= 2;
  half.blocks = plan.block_count();
  half.history = 0;
  half.axes = whole.axes;
  for (mesh::AxisSpec& axis : half.axes) {
    axis.cells = 1;  // its histograms are not wanted, its periods are
  }
  half.settling = whole.settling;
  return half;
}

/// The bias of steps dt from the difference to steps dt/2: c dtᵖ − c (dt/2)ᵖ = c dtᵖ (1 − 2⁻ᵖ).
void add_step_errors(MPI_Comm comm, const SampleOptions& options, const sample::Plan& whole_plan,
                     const sample::Recording& whole, SampleAnswer& answer) {
  const sample::Plan plan = halved_plan(whole_plan, whole);
  const auto process = options.process(true);
  const sample::Recording half = sample::run(comm, *process, plan, options.half_hooks);
  const sample::Alive alive = whole.alive.head(plan.paths) && half.alive;
  if (!alive.any()) {
    return;
  }
  const double factor = 1 / (1 - std::pow(2., -options.weak_order));
  answer.step_error =
      renamed(sample::differences(first_paths(whole.tally, plan.paths), half.tally, alive), options.plan);
  for (auto& [name, estimate] : answer.step_error) {
    if (estimate.value) {
      estimate.value = *estimate.value * factor;
      estimate.error = estimate.error.value_or(0) * factor;
    }
  }
}

void count_divergence(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer) {
  answer.paths = recording.death.size();
  answer.diverged = (recording.death >= 0).count();
  answer.end_time = recording.end_time;
  double first = 0;
  for (const double step : recording.death) {
    if (step >= 0) {
      const double time = process.time(static_cast<std::int64_t>(step));
      first = first == 0 ? time : std::min(first, time);
    }
  }
  answer.first_divergence = first;
  if (answer.diverged > 0) {
    std::ostringstream text;
    text << answer.diverged << " of " << answer.paths << " paths diverged, the first one by t = " << first
         << ": they are in no average and no histogram";
    answer.remarks.push_back(text.str());
  }
}

/// Single weights have symmetries of their own (all signs may flip at once): they decide nothing.
bool decides(const std::string& quantity, const model::Sde& sde, const sample::Plan& plan) {
  const auto is = [&](const auto& one) { return one.name == quantity; };
  return std::find(sde.variables().begin(), sde.variables().end(), quantity) != sde.variables().end() ||
         std::any_of(sde.derived().begin(), sde.derived().end(), is) ||
         std::any_of(plan.formulas.begin(), plan.formulas.end(), is);
}

void check_burn_in(const model::Sde& sde, const SampleOptions& options, const sample::Recording& recording,
                   SampleAnswer& answer) {
  const auto changes = sample::drifts(recording.tally, recording.alive);
  std::string worst;
  for (const auto& [name, change] : changes) {
    const std::string quantity = name.starts_with("clipped.") ? name.substr(8) : name;
    const bool raw = decides(quantity, sde, options.plan);
    if (raw && std::isfinite(change)) {
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
  text << "the mean of " << worst << " still changes over the run, by " << std::abs(answer.drift[worst])
       << " standard errors";
  if (options.plan.burn > 0) {
    doubt(answer,
          text.str() + ": the start is not forgotten, or there is no stationary law; a longer sample.burn tells");
  } else {
    answer.remarks.push_back(text.str() + "; without burn-in the numbers are those of the transient");
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

void add_correlations(const sample::Process& process, const SampleOptions& options, const sample::Recording& recording,
                      SampleAnswer& answer) {
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
    const sample::Correlations found = sample::correlations(history);
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

/// Means over the paths that live, at the ends of the blocks.
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

/// The bias of circulations is that of finite differences, which halving the integrator's step would not show alone.
void move_circulation_steps(SampleAnswer& answer) {
  const std::string bias = "mean.circulation_step.";
  for (auto one = answer.observables.begin(); one != answer.observables.end();) {
    if (one->first.starts_with(bias)) {
      answer.step_error["circulation." + one->first.substr(bias.size())] = one->second;
      one = answer.observables.erase(one);
    } else {
      ++one;
    }
  }
  std::erase_if(answer.step_error, [&](const auto& one) { return one.first.starts_with(bias); });
}

void refuse_extinct(SampleAnswer& answer) {
  std::ostringstream text;
  text << "every one of the " << answer.paths << " paths diverged, the first one by t = " << answer.first_divergence
       << ", the last one by t = " << answer.end_time << ": there is no stationary law of this process";
  answer.verdict = Verdict::no_stationary_density;
  answer.reason = text.str();
}

}  // namespace

void SampleOptions::validate(const model::Sde& sde) const {
  Options::validate(sde);
  plan.validate();
  refuse_walls(mesh);
}

SampleAnswer sample(MPI_Comm comm, const model::Sde& sde, const SampleOptions& options) {
  options.validate(sde);
  SampleAnswer answer;
  Stopwatch watch(answer);
  const auto process = options.process(false);
  require_room(comm, *process, options);
  answer.method = process->words();
  sample::Plan plan = options.plan;
  plan.axes = histogram_axes(comm, sde, options);
  plan.paired = sde.dimension() + static_cast<int>(sde.derived().size());
  watch.lap("domain");
  const auto recording = std::make_shared<sample::Recording>(sample::run(comm, *process, plan, options.hooks));
  watch.lap("paths");
  answer.recording = recording;
  answer.mesh = recording->axes.empty() ? plan.axes : recording->axes;
  count_divergence(*process, *recording, answer);
  if (recording->extinct) {
    refuse_extinct(answer);
    return answer;
  }
  const double steps = static_cast<double>(plan.burn + plan.steps) * static_cast<double>(plan.paths);
  answer.tamed = recording->alive.select(recording->events, 0).sum() / steps;
  answer.observables = renamed(sample::estimates(recording->tally, recording->alive), plan);
  if (options.weak_order > 0) {
    add_step_errors(comm, options, plan, *recording, answer);
    watch.lap("half steps");
  }
  move_circulation_steps(answer);
  check_burn_in(sde, options, *recording, answer);
  if (process->variables() > 1 && plan.every < 2) {
    answer.remarks.emplace_back("circulations are not recorded with sample.every = 1: they need two steps per record");
  }
  add_quantiles(*process, *recording, answer);
  add_correlations(*process, options, *recording, answer);
  add_series(*process, *recording, answer);
  add_histogram_fields(comm, *process, *recording, answer);
  watch.lap("statistics");
  return answer;
}

}  // namespace sgdflux::study
