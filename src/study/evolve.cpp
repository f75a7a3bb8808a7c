#include "sgdflux/study/evolve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "evolve_options.hpp"
#include "memory.hpp"
#include "posing.hpp"
#include "quantities.hpp"
#include "refinement.hpp"
#include "refusal.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/theory/dynamics.hpp"
#include "start.hpp"
#include "trajectory.hpp"

namespace sgdflux::study {
namespace {

constexpr double evolve_reach = 7;
constexpr double tolerated_mass_error = 1e-10;
constexpr double tolerated_negative_mass = 0.1;
constexpr double looser = 10;  ///< tolerance of the second run over that of the first: their difference shows its error
/// Mass that a limiter kept back, beyond which a run does not converge with the order of its flux.
constexpr double negligible_cut = 1e-8;
constexpr int limited_order = 2;
constexpr int domain_looks = 9;  ///< times at which a scheduled model is asked for its domain

/// Smallest and largest ends of the automatic axes.
void merge(std::vector<mesh::AxisSpec>& mesh, const std::vector<mesh::AxisSpec>& other) {
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    if (mesh[d].map == other[d].map) {
      mesh[d].arguments[0] = std::min(mesh[d].arguments[0], other[d].arguments[0]);
      mesh[d].arguments[1] = std::max(mesh[d].arguments[1], other[d].arguments[1]);
    }
  }
}

/// The mesh that holds the initial density, what becomes of it and the stationary densities along the schedule.
void settle(MPI_Comm comm, const model::Sde& sde, const EvolveOptions& options, EvolveAnswer& answer) {
  const bool automatic =
      std::any_of(options.mesh.begin(), options.mesh.end(), [](const auto& axis) { return axis.automatic(); });
  const auto settle_one = [&](const model::Sde& now) {
    EvolveAnswer trial;
    la::guard(comm, [&] { trial.reason = automatic ? refuse_question(now, options.mesh) : ""; });
    if (!trial.reason.empty() || !settle_mesh(comm, now, options, {evolve_reach, false}, trial)) {
      throw core::SettingsError("mesh: no automatic domain, since " + trial.reason + "; give the bounds yourself");
    }
    return widened(now, options.mesh, trial.mesh, options.initial, options.until);
  };
  // With a schedule the given values may never be in force.
  answer.mesh = settle_one(options.schedule ? *options.schedule(0) : sde);
  for (int look = 0; look < domain_looks && automatic && options.schedule; ++look) {
    merge(answer.mesh, settle_one(*options.schedule(options.until * look / (domain_looks - 1))));
  }
}

/// Fine and coarse runs with what a checkpoint of both holds.
class TwoRuns {
 public:
  TwoRuns(Trajectory& fine, Trajectory* coarse, const EvolveOptions& options)
      : fine_(fine), coarse_(coarse), options_(options) {}

  void begin() {
    fine_.begin();
    if (coarse_ != nullptr) {
      coarse_->begin();
    }
    if (options_.resume) {
      const EvolveCheckpoint& kept = *options_.resume;
      fine_.resume(kept.density, kept.fine, kept.step, kept.snapshots);
      if (coarse_ != nullptr && !kept.coarse.empty()) {
        coarse_->resume(kept.coarse_density, kept.coarse, kept.coarse_step, {});
      }
    }
  }
  bool run() {
    const auto keep = [this] { checkpoint(); };
    const double r = 1 / estimate_factor;
    return fine_.run(options_.tolerance, options_.step, keep) &&
           (coarse_ == nullptr || coarse_->run(looser * options_.tolerance, r * options_.step, keep));
  }

 private:
  void checkpoint() const {
    if (!options_.checkpoint || (options_.checkpoint_due && !options_.checkpoint_due())) {
      return;
    }
    EvolveCheckpoint kept;
    kept.outputs = fine_.finished();
    kept.step = fine_.step();
    kept.fine = fine_.record();
    kept.density = whole(fine_, fine_.density());
    for (const auto& [position, density] : fine_.snapshots()) {
      kept.snapshots[position] = whole(fine_, density);
    }
    if (coarse_ != nullptr && coarse_->finished() > 0) {
      kept.coarse_step = coarse_->step();
      kept.coarse = coarse_->record();
      kept.coarse_density = whole(*coarse_, coarse_->density());
    }
    options_.checkpoint(kept);
  }
  static Eigen::ArrayXd whole(const Trajectory& run, const Eigen::ArrayXd& density) {
    const Assembly& assembly = run.assembly();
    return gathered(assembly.comm, assembly.grid, assembly.owned, density);
  }

  Trajectory& fine_;
  Trajectory* coarse_;
  const EvolveOptions& options_;
};

/// |fine − coarse| at one output, with the factor of smooth or rough quantities.
struct Factors {
  double smooth = 1;
  double rough = 1;
};

Factors factors(const Trajectory& fine, const Trajectory& coarse, const EvolveOptions& options) {
  int order = expected_order(fine.assembly());
  if (options.step > 0) {
    order = std::min(order, stepper_order(options.stepper));
  }
  if (fine.limiting().mass > negligible_cut || coarse.limiting().mass > negligible_cut) {
    order = std::min(order, limited_order);
  }
  const mesh::Grid& grid = fine.assembly().grid;
  return {error_factor(grid, coarse.assembly().grid, order), error_factor(grid, coarse.assembly().grid, 1)};
}

/// Name of a recorded quantity, or empty for its companions.
std::string value_name(const std::string& key) { return key.starts_with("value.") ? key.substr(6) : ""; }

Series series_of(const Record& fine, const Record* coarse, const std::string& name, const Factors& factor) {
  Series series{fine.at("value." + name), fine.at("error." + name), {}};
  const bool paired = coarse != nullptr && coarse->contains("value." + name);
  for (std::size_t k = 0; k < series.values.size(); ++k) {
    if (!std::isfinite(series.values[k])) {
      series.reason = "it has no value at some of the times";
      continue;
    }
    if (!paired || k >= coarse->at("value." + name).size()) {
      continue;
    }
    const double other = coarse->at("value." + name)[k];
    const double weight = fine.at("smooth." + name)[k] > 0 ? factor.smooth : factor.rough;
    // Where the coarse grid sees no such value nothing supports the fine one.
    series.errors[k] +=
        std::isfinite(other) ? weight * std::abs(series.values[k] - other) : std::numeric_limits<double>::infinity();
  }
  return series;
}

void fill_series(const Trajectory& fine, const Trajectory* coarse, const EvolveOptions& options, EvolveAnswer& answer) {
  const Factors factor = coarse != nullptr ? factors(fine, *coarse, options) : Factors{};
  for (const auto& [key, values] : fine.record()) {
    const std::string name = value_name(key);
    if (name.empty()) {
      continue;
    }
    Series series = series_of(fine.record(), coarse != nullptr ? &coarse->record() : nullptr, name, factor);
    if (series.values.empty()) {
      continue;
    }
    if (const auto why = fine.reasons().find(name); why != fine.reasons().end()) {
      series.reason = why->second;
    }
    const double last = series.values.back();
    const double error = series.errors.back();
    answer.observables[name] =
        std::isfinite(last) && std::isfinite(error)
            ? core::Estimate{last, error, {}}
            : core::undefined(series.reason.empty() ? "the second grid has no such value" : series.reason);
    answer.series[name] = std::move(series);
  }
}

void fill_audit(const Trajectory& run, EvolveAnswer& answer) {
  answer.audit = run.audit();
  if (!(answer.audit.mass_error <= tolerated_mass_error)) {
    doubt(answer, "mass is not conserved: error " + std::to_string(answer.audit.mass_error));
  }
  if (answer.audit.negative_mass > tolerated_negative_mass) {
    doubt(answer, "the density has a negative mass of " + std::to_string(answer.audit.negative_mass) +
                      " at some time: the grid is too coarse for this scheme or this initial density");
  }
}

/// How much the limiter changed, in words.
void fill_limiting(const Trajectory& run, const EvolveOptions& options, EvolveAnswer& answer) {
  if (options.stepper != "sdirk") {
    return;
  }
  const Limiting& limiting = run.limiting();
  std::ostringstream text;
  text.precision(3);
  text << "the density was kept positive: " << limiting.limited_steps << " of " << limiting.steps
       << " steps had fluxes cut";
  if (limiting.limited_steps > 0) {
    text << ", which kept a mass of " << limiting.mass << " in all, and " << limiting.largest
         << " at most in one step, from moving on by one cell";
  }
  answer.remarks.push_back(text.str());
}

void add_density(const Trajectory& run, const std::string& path, const std::string& meaning,
                 const Eigen::ArrayXd& density, EvolveAnswer& answer) {
  const Assembly& assembly = run.assembly();
  const Eigen::ArrayXd physical = density / fv::jacobian(assembly.grid, assembly.owned);
  answer.fields.push_back({path,
                           meaning,
                           assembly.grid.shape(),
                           assembly.grid.dimension(),
                           assembly.owned,
                           {physical.begin(), physical.end()}});
}

void fill_fields(const Trajectory& run, EvolveAnswer& answer) {
  std::vector<double> times;
  for (const auto& [position, density] : run.snapshots()) {
    const double time = answer.times[static_cast<std::size_t>(position)];
    add_density(run, "snapshot/" + std::to_string(times.size()) + "/density",
                "probability density at time " + std::to_string(time), density, answer);
    times.push_back(time);
  }
  add_density(run, "density", "probability density at the last output", run.state().density, answer);
  answer.arrays.push_back(
      {"snapshot/times", "times of the snapshots", {static_cast<core::Index>(times.size())}, times});
}

/// Exact means and covariances when drift and noise are linear and the start is a Gaussian.
void compare(const model::Sde& sde, const EvolveOptions& options, EvolveAnswer& answer) {
  const auto exact = theory::linear_dynamics(sde);
  if (!exact || options.schedule || options.initial.center.size() == 0) {
    return;
  }
  auto& values = answer.reference.emplace();
  answer.reference_source = exact->source();
  const Eigen::MatrixXd spread = options.initial.width.array().square().matrix().asDiagonal();
  for (const double time : answer.times) {
    const auto [mean, covariance] = exact->moments(time, {options.initial.center, spread});
    for (int a = 0; a < sde.dimension(); ++a) {
      const std::string& name = sde.variables()[static_cast<std::size_t>(a)];
      values["mean." + name].push_back(mean(a));
      for (int b = a; b < sde.dimension(); ++b) {
        values["cov." + name + "." + sde.variables()[static_cast<std::size_t>(b)]].push_back(covariance(a, b));
      }
    }
  }
}

bool holds_periodic_or_walls(const std::vector<mesh::AxisSpec>& mesh) {
  return std::any_of(mesh.begin(), mesh.end(), [](const auto& axis) {
    return axis.lower != mesh::Boundary::truncated || axis.upper != mesh::Boundary::truncated;
  });
}

/// Vectors of a Krylov space, as many as evenly spaced outputs usually take; stages and earlier states of a stepper.
Demand demand(const EvolveOptions& options) { return {Systems::shifted, options.stepper == "exponential" ? 80 : 20}; }

}  // namespace

EvolveAnswer evolve(MPI_Comm comm, const model::Sde& sde, const EvolveOptions& given,
                    const std::vector<model::Observable>& observables) {
  given.validate(sde);
  const EvolveOptions options = completed(given);
  EvolveAnswer answer;
  answer.times = options.outputs;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, true, answer);
  settle(comm, sde, options, answer);
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit, demand(options));
  Stopwatch watch(answer);
  Trajectory fine(comm, sde, answer.mesh, scheme, options, observables);
  std::unique_ptr<Trajectory> coarse;
  if (options.estimate) {
    coarse =
        std::make_unique<Trajectory>(comm, sde, rescaled(answer.mesh, estimate_factor), scheme, options, observables);
  } else {
    answer.remarks.emplace_back("scheme.estimate = off: errors hold truncation only, not grid and step size");
  }
  TwoRuns runs(fine, coarse.get(), options);
  runs.begin();
  const bool finished = runs.run();
  watch.lap("solve");
  answer.solver = fine.solver();
  if (!finished) {
    const std::string& why = fine.why().empty() && coarse ? coarse->why() : fine.why();
    doubt(answer, "the time stepper stopped after " + std::to_string(fine.finished()) + " of " +
                      std::to_string(options.outputs.size()) + " outputs: " + why);
    answer.times.resize(static_cast<std::size_t>(fine.finished()));
  }
  fill_audit(fine, answer);
  fill_limiting(fine, options, answer);
  fill_series(fine, coarse.get(), options, answer);
  if (finished) {
    fill_fields(fine, answer);
    if (!holds_periodic_or_walls(answer.mesh)) {
      compare(sde, options, answer);
    }
  }
  watch.lap("observe");
  return answer;
}

}  // namespace sgdflux::study
