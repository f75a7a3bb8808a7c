/// The part of a trajectory that keeps its density positive.
#include <algorithm>

#include "sgdflux/la/halo.hpp"
#include "trajectory.hpp"

namespace sgdflux::study {
namespace {

fv::Scheme monotone(const fv::Scheme&) { return {fv::Flux::monotone, 0}; }

/// The flux that is limited, or monotone itself.
fv::Scheme unlimited(const fv::Scheme& scheme) {
  return {scheme.flux == fv::Flux::limited ? fv::Flux::order8 : scheme.flux, scheme.damping};
}

}  // namespace

solve::PositiveProblem Trajectory::positive_problem() const {
  const auto at = [this](fv::Scheme (*choose)(const fv::Scheme&)) {
    return [this, choose](double time) {
      const std::unique_ptr<model::Sde> sde = options_.schedule ? options_.schedule(time) : nullptr;
      fv::Discretisation problem = sde ? assembly_.discretisation_of(*sde) : assembly_.problem;
      problem.scheme = choose(problem.scheme);
      return solve::transport(problem, assembly_.owned);
    };
  };
  core::Index reach = std::max(fv::reach(assembly_.problem), fv::reach(unlimited(assembly_.problem.scheme)));
  if (options_.schedule && assembly_.grid.dimension() > 1) {
    // Noise may become correlated on the way, and how far jumps then go is bounded by nothing else.
    const auto caps = fv::lattice_limits(assembly_.grid).radius;
    reach = std::max<core::Index>(reach, *std::max_element(caps.begin(), caps.end()));
  }
  return {assembly_.grid, assembly_.partition, at(unlimited), at(monotone), reach, !options_.schedule};
}

bool Trajectory::step_positive(double tolerance, double step, const std::function<void()>& after) {
  solve::EvolveOptions how;
  how.tolerance = tolerance;
  how.adaptive = step == 0;
  how.largest_step = options_.schedule ? options_.until / schedule_resolution : 0;
  solve::PositiveEvolution evolution(assembly_.comm, positive_problem(), how);
  step_ = step_ > 0 ? step_ : step;
  while (finished_ < static_cast<int>(options_.outputs.size())) {
    const double begin = last_output();
    const double end = options_.outputs[static_cast<std::size_t>(finished_)];
    const solve::PositiveStep done = evolution.advance(begin, end, step > 0 ? step : step_, density_);
    step_ = end > begin ? done.step : step_;
    note(done);
    if (!done.converged) {
      why_ = done.reason;
      return false;
    }
    record_limiting();
    accept(density_, tolerance);
    after();
  }
  return true;
}

void Trajectory::note(const solve::PositiveStep& done) {
  solves_ += done.steps;
  factorisations_ += done.factorisations;
  limiting_.steps += done.steps;
  limiting_.limited_steps += done.limited_steps;
  limiting_.mass += done.limited_mass;
  limiting_.largest = std::max(limiting_.largest, done.largest_cut);
}

void Trajectory::record_limiting() {
  record_["limiting.steps"].push_back(limiting_.steps);
  record_["limiting.limited_steps"].push_back(limiting_.limited_steps);
  record_["limiting.mass"].push_back(limiting_.mass);
  record_["limiting.largest"].push_back(limiting_.largest);
}

void Trajectory::recall_limiting() {
  if (record_.contains("limiting.steps")) {
    limiting_ = {record_.at("limiting.steps").back(), record_.at("limiting.limited_steps").back(),
                 record_.at("limiting.mass").back(), record_.at("limiting.largest").back()};
  }
}

}  // namespace sgdflux::study
