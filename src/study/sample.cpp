#include "sgdflux/study/sample.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "memory.hpp"
#include "posing.hpp"
#include "sample_fields.hpp"
#include "sample_statistics.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

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

void require_room(MPI_Comm comm, const sample::Process& process, const sample::Plan& plan,
                  const SampleOptions& options) {
  const double needed = sample::memory(process, plan, la::size(comm)) * la::size(comm);
  const Room room = usable_memory(comm, options.memory_limit);
  if (needed > room.bytes) {
    std::ostringstream text;
    text.precision(3);
    text << "sample.paths = " << plan.paths << ": what is recorded of the paths needs about " << needed / 1e9
         << " GB of memory, but " << in_gigabytes(room.bytes) << ' ' << room.source
         << "; ask for fewer paths, cells of the mesh, sample.blocks or sample.history";
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
    answer.remarks.emplace_back("the bias of the step is not known: every path with half of it diverged");
    return;
  }
  const double factor = 1 / (1 - std::pow(2., -options.weak_order));
  answer.step_error =
      renamed(sample::differences(first_paths(whole.tally, plan.paths), half.tally, alive), options.plan);
  for (auto& [name, estimate] : answer.step_error) {
    const double own = name.starts_with("circulation.") ? 2 : factor;  // differences over single steps are of order 1
    if (estimate.value) {
      estimate.value = *estimate.value * own;
      estimate.error = estimate.error.value_or(0) * own;
    }
  }
}

void refuse_extinct(SampleAnswer& answer) {
  std::ostringstream text;
  text << "every one of the " << answer.paths
       << " paths diverged or left the domain of the model, the first one by t = " << answer.first_divergence
       << ", the last one by t = " << answer.end_time << ": what these paths do has no stationary law";
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
  answer.method = process->words();
  sample::Plan plan = options.plan;
  plan.axes = histogram_axes(comm, sde, options);
  plan.paired = sde.dimension() + static_cast<int>(sde.derived().size());
  require_room(comm, *process, plan, options);
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
  const double steps = static_cast<double>(plan.burn + plan.steps) * static_cast<double>(recording->alive.count());
  answer.tamed = recording->alive.select(recording->events, 0).sum() / steps;
  answer.observables = renamed(sample::estimates(recording->tally, recording->alive), plan);
  if (options.weak_order > 0) {
    add_step_errors(comm, options, plan, *recording, answer);
    watch.lap("half steps");
  }
  move_circulation_steps(options, answer);
  mark_tails(answer);
  check_burn_in(sde, options, *recording, answer);
  remark_on_records(*process, options, answer);
  add_quantiles(*process, *recording, answer);
  add_correlations(*process, options, *recording, answer);
  add_series(*process, *recording, answer);
  add_histogram_fields(comm, *process, *recording, answer);
  watch.lap("statistics");
  return answer;
}

}  // namespace sgdflux::study
