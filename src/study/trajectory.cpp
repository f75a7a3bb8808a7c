#include "trajectory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "applied_operator.hpp"
#include "quantities.hpp"
#include "scheduled_operator.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/solve/evolve.hpp"
#include "sgdflux/solve/propagate.hpp"
#include "start.hpp"

namespace sgdflux::study {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double propagate_tolerance = 1e-13;

const std::string blown_up =
    "the density became NaN or infinite: rates of cells differ by too much; use a smaller domain";

bool absorbs(const mesh::Grid& grid) {
  return std::any_of(grid.axes().begin(), grid.axes().end(), [](const mesh::Axis& axis) {
    return axis.spec().lower == mesh::Boundary::absorbing || axis.spec().upper == mesh::Boundary::absorbing;
  });
}

}  // namespace

Trajectory::Trajectory(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                       const fv::Scheme& scheme, const EvolveOptions& options,
                       const std::vector<model::Observable>& observables)
    : options_(options),
      observables_(observables),
      assembly_(comm, sde, make_axes(mesh), scheme),
      state_(observe::make_state(comm, assembly_.grid, assembly_.partition,
                                 Eigen::ArrayXd::Zero(assembly_.owned.cells()))),
      loses_(absorbs(assembly_.grid)) {}

void Trajectory::begin() {
  density_ = start_density(assembly_, options_.initial);
  const double least = la::minimum(assembly_.comm, density_.size() > 0 ? density_.minCoeff() : 0);
  if (options_.stepper == "sdirk" && least < 0) {
    throw core::SettingsError("evolve.initial = " + options_.initial.what +
                              " is negative somewhere, as schemes without a limiter leave densities: scheme.flux = "
                              "limited and monotone start from one that is nowhere negative");
  }
  step_ = options_.step;
}

Eigen::ArrayXd Trajectory::owned_part(const Eigen::ArrayXd& whole) const {
  mesh::Box lattice;
  lattice.upper = assembly_.grid.shape();
  Eigen::ArrayXd part(assembly_.owned.cells());
  for (core::Index i = 0; i < part.size(); ++i) {
    part(i) = whole(lattice.position(assembly_.owned.cell(i)));
  }
  return part;
}

void Trajectory::resume(const Eigen::ArrayXd& density, Record record, double step,
                        const std::map<int, Eigen::ArrayXd>& snapshots) {
  if (density.size() != assembly_.grid.cells()) {
    throw core::SettingsError("the checkpoint has " + std::to_string(density.size()) + " cells, this mesh " +
                              std::to_string(assembly_.grid.cells()) + ": it belongs to another mesh");
  }
  density_ = owned_part(density);
  record_ = std::move(record);
  finished_ = static_cast<int>(record_.at("value.mass").size());
  step_ = step;
  for (const auto& [position, whole] : snapshots) {
    snapshots_[position] = owned_part(whole);
  }
  recall_limiting();
  observe::replace_density(state_, loses_ ? Eigen::ArrayXd(density_ / record_.at("value.mass").back()) : density_);
}

bool Trajectory::run(double tolerance, double step, const std::function<void()>& after) {
  if (options_.stepper == "exponential") {
    return propagate(tolerance, after);
  }
  return options_.stepper == "sdirk" ? step_positive(tolerance, step, after) : step_through(tolerance, step, after);
}

double Trajectory::last_output() const {
  return finished_ == 0 ? 0 : options_.outputs[static_cast<std::size_t>(finished_ - 1)];
}

fv::Generator Trajectory::generator_at(double time) const {
  const std::unique_ptr<model::Sde> sde = options_.schedule(time);
  // Noise may become correlated on the way: the stencil follows, for the whole grid and on every rank.
  return fv::generator(assembly_.discretisation_of(*sde), assembly_.owned);
}

bool Trajectory::propagate(double, const std::function<void()>& after) {
  const auto applied = AppliedOperator::beyond_factors(assembly_);
  const fv::Generator generator = applied ? applied->no_rows() : assembly_.generator();
  inverse_ = applied ? applied->name() : "";
  bool finite = true;
  const double origin = last_output();
  std::vector<double> times;
  for (auto k = static_cast<std::size_t>(finished_); k < options_.outputs.size(); ++k) {
    times.push_back(options_.outputs[k] - origin);
  }
  solve::PropagateOptions how;
  how.tolerance = propagate_tolerance;
  const auto result = solve::propagate(
      assembly_.comm, {assembly_.grid, assembly_.partition, generator, applied ? &applied->generator() : nullptr},
      density_, times, how, [&](const solve::Propagated& at) {
        finite = finite && is_finite(at.state);
        if (finite) {
          accept(at.state, at.error);
          after();
        }
      });
  solves_ += result.vectors;
  factorisations_ += result.factorisations;
  why_ = !finite ? blown_up : result.converged ? "" : result.reason;
  return result.converged && finite;
}

bool Trajectory::step_through(double tolerance, double step, const std::function<void()>& after) {
  const auto applied = ScheduledOperator::beyond_factors(assembly_, options_.schedule);
  const solve::EvolveProblem problem{assembly_.grid, assembly_.partition,
                                     [this](double time) {
                                       return options_.schedule ? generator_at(time)
                                                                : fv::generator(assembly_.problem, assembly_.owned);
                                     },
                                     applied ? &applied->generators() : nullptr};
  inverse_ = applied ? applied->name() : "";
  solve::EvolveOptions how;
  how.stepper = options_.stepper;
  how.tolerance = tolerance;
  how.largest_step = options_.schedule ? options_.until / schedule_resolution : 0;
  how.adaptive = step == 0;
  step_ = step_ > 0 ? step_ : step;
  while (finished_ < static_cast<int>(options_.outputs.size())) {
    const double begin = last_output();
    const double end = options_.outputs[static_cast<std::size_t>(finished_)];
    if (end > begin) {
      how.step = step > 0 ? step : step_;
      const solve::EvolveStep done = solve::evolve(assembly_.comm, problem, begin, end, how, density_);
      solves_ += done.steps;
      factorisations_ += done.factorisations;
      iterations_ += done.inner_iterations;
      step_ = done.step;
      if (!done.converged || !is_finite(density_)) {
        why_ = done.converged ? blown_up : done.reason;
        return false;
      }
    }
    accept(density_, tolerance);
    after();
  }
  return true;
}

bool Trajectory::is_finite(const Eigen::ArrayXd& density) const {
  return la::maximum(assembly_.comm, density.allFinite() ? 0 : 1) == 0;
}

void Trajectory::accept(const Eigen::ArrayXd& density, double solver_error) {
  density_ = density;
  const double mass = la::sum(assembly_.comm, density_.sum()) * assembly_.grid.cell_volume();
  // Where a wall takes mass, means are those of what is left; the record says how much that is.
  observe::replace_density(state_, loses_ ? Eigen::ArrayXd(density_ / mass) : density_);
  watch(mass);
  const Law law{assembly_.sde, state_, solver_error, false};
  for (const auto& [name, quantity] : quantities(law, observables_)) {
    record(name, quantity.estimate.value.value_or(missing), quantity.estimate.error.value_or(missing), quantity.smooth);
    if (!quantity.estimate.value) {
      reasons_[name] = quantity.estimate.reason;
    }
  }
  record("mass", mass, solver_error, true);
  const auto& kept = options_.snapshots;
  if (std::find(kept.begin(), kept.end(), finished_) != kept.end()) {
    snapshots_[finished_] = state_.density;
  }
  ++finished_;
}

void Trajectory::record(const std::string& name, double value, double error, bool smooth) {
  record_["value." + name].push_back(value);
  record_["error." + name].push_back(error);
  record_["smooth." + name].push_back(smooth ? 1 : 0);
}

void Trajectory::watch(double mass) {
  const Eigen::ArrayXd density = state_.density / fv::jacobian(assembly_.grid, assembly_.owned);
  const double largest = std::numeric_limits<double>::max();
  record("negative_mass", std::abs(la::sum(assembly_.comm, (-state_.mass).max(0.).sum())), 0, true);
  const auto before = record_.find("value.mass");
  const double previous = before == record_.end() ? 1 : before->second.back();
  // A wall may only take mass; without one it stays 1.
  record_["audit.mass_error"].push_back(loses_ ? std::max(0., mass - previous) : std::abs(mass - 1));
  record_["audit.min_density"].push_back(
      la::minimum(assembly_.comm, density.size() > 0 ? density.minCoeff() : largest));
  record_["audit.outside_mass"].push_back(outside_mass(state_));
}

Audit Trajectory::audit() const {
  const auto extreme = [&](const std::string& name, bool largest) {
    const auto found = record_.find(name);
    if (found == record_.end()) {
      return missing;
    }
    const auto& values = found->second;
    return largest ? *std::max_element(values.begin(), values.end()) : *std::min_element(values.begin(), values.end());
  };
  return {extreme("audit.mass_error", true), extreme("value.negative_mass", true), extreme("audit.min_density", false),
          0, extreme("audit.outside_mass", true)};
}

std::string Trajectory::solver() const {
  return options_.stepper == "exponential"
             ? "rational Krylov, " + std::to_string(solves_) + " vectors, " + std::to_string(factorisations_) +
                   (inverse_.empty() ? " factorisations" : " poles, " + inverse_)
             : options_.stepper + ", " + std::to_string(solves_) + " steps, " + std::to_string(factorisations_) +
                   (inverse_.empty()
                        ? " factorisations"
                        : " preconditioners, " + inverse_ + " (" + std::to_string(iterations_) + " iterations)");
}

}  // namespace sgdflux::study
