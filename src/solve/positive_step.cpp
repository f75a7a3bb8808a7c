#include "positive_step.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

constexpr double rounding = 1e-12;  ///< of a solve with the monotone generator, relative to the largest density

}  // namespace

Transport transport(const fv::Discretisation& problem, const mesh::Box& owned) {
  Transport result{fv::generator(problem, owned), {}};
  for (int axis = 0; axis < problem.grid.dimension(); ++axis) {
    result.fluxes.push_back(fv::face_flux(problem, axis, owned));
  }
  return result;
}

TimedScheme::TimedScheme(MPI_Comm comm, const PositiveProblem& problem,
                         const std::function<Transport(double)>& transport)
    : comm_(comm),
      constant_(problem.constant),
      transport_(transport),
      equation_{problem.grid, problem.partition, [this](double time) { return at(time).generator; }} {}

const Transport& TimedScheme::at(double time) {
  const double asked = constant_ ? 0 : time;
  if (!kept_ || kept_time_ != asked) {
    kept_ = transport_(asked);
    kept_time_ = asked;
  }
  return *kept_;
}

const std::vector<fv::FaceFlux>& TimedScheme::fluxes(double time) {
  la::guard(comm_, [&] { static_cast<void>(at(time)); });
  return kept_->fluxes;
}

PositiveStepper::PositiveStepper(MPI_Comm comm, const PositiveProblem& problem)
    : comm_(comm),
      problem_(problem),
      high_(comm, problem_, problem_.high),
      low_(comm, problem_, problem_.low),
      halo_(comm, problem_.partition, problem_.reach),
      faces_(cell_faces(problem_.grid, problem_.partition.owned(la::rank(comm)))),
      sdirk_(comm, high_.equation(), problem_.constant),
      euler_(comm, low_.equation()),
      limiter_(comm, problem_.grid, problem_.partition) {}

void PositiveStepper::add_fluxes(const std::vector<fv::FaceFlux>& fluxes, const Array& density, double factor,
                                 FaceAmounts& amounts) const {
  const Array around = halo_.exchange(density);
  for (std::size_t axis = 0; axis < fluxes.size(); ++axis) {
    const double scale = factor / problem_.grid.axis(static_cast<int>(axis)).spacing();
    const Array flux = scale * fv::apply(fluxes[axis], halo_.box(), around);
    amounts[axis] = amounts[axis].size() > 0 ? Array(amounts[axis] + flux) : flux;
  }
}

void PositiveStepper::begin() {
  if (!problem_.constant) {
    sdirk_.forget();
  }
}

Candidate PositiveStepper::candidate(double time, double step, const Array& density) {
  Candidate next;
  next.fluxes.resize(faces_.size());
  Array mean = Array::Zero(density.size());
  Array last;
  sdirk_.take(time, step, density, [&](std::size_t i, const Array& stage) {
    if (problem_.constant) {
      mean += sdirk::weight[i] * stage;
    } else {
      add_fluxes(high_.fluxes(time + sdirk::time[i] * step), stage, sdirk::weight[i] * step, next.fluxes);
    }
    last = stage;
  });
  if (problem_.constant) {
    add_fluxes(high_.fluxes(time), mean, step, next.fluxes);
  }
  next.density = density + gain(faces_, next.fluxes);
  next.error = relative(sdirk_.error(), density);
  next.closure = la::maximum(comm_, (next.density - last).abs().maxCoeff()) / la::maximum(comm_, density.maxCoeff());
  next.finite = la::maximum(comm_, next.density.allFinite() ? 0 : 1) == 0;
  next.negative = la::maximum(comm_, (next.density < 0).any() ? 1 : 0) > 0;
  return next;
}

/// ‖change‖₂ / ‖density‖₂.
double PositiveStepper::relative(const Array& change, const Array& density) const {
  Array sums(2);
  sums << change.square().sum(), density.square().sum();
  la::sum(comm_, sums);
  return std::sqrt(sums(0) / sums(1));
}

LimitedStep PositiveStepper::limit(const Candidate& next, double time, double step, const Array& density) {
  const Array floor = backward_euler(time + step, step, density);
  FaceAmounts correction(faces_.size());
  add_fluxes(low_.fluxes(time + step), floor, -step, correction);
  for (std::size_t axis = 0; axis < correction.size(); ++axis) {
    correction[axis] += next.fluxes[axis];
  }
  const Limited safe = limiter_.limit(floor, correction);
  const Array balance = next.density - gain(faces_, safe.cut);
  LimitedStep result{balance.max(0.), 0, 0, 0, safe.sweeps};
  const double volume = problem_.grid.cell_volume();
  result.change = relative(result.density - next.density, density);
  result.mass = safe.total * volume;
  result.rounding = la::sum(comm_, (result.density - balance).sum()) * volume;
  return result;
}

/// (1 − hL)⁻¹P of the monotone scheme.
Array PositiveStepper::backward_euler(double time, double step, const Array& density) {
  const double shift = 1 / step;
  const auto entry = euler_.at(problem_.constant ? 0 : time);
  if (!factors_ || factored_shift_ != shift || !problem_.constant) {
    factors_.reset();
    factors_ = std::make_unique<ScheduledGenerator::Factors>(euler_, *entry, shift);
    factored_shift_ = shift;
    ++euler_factorisations_;
  }
  const la::Vector b = la::create_vector(comm_, problem_.partition);
  const la::Vector x = la::create_vector(comm_, problem_.partition);
  la::set_values(b.get(), shift * density);
  factors_->solve(b.get(), x.get());
  return non_negative(la::values(x.get()));
}

/// Elimination in an M-matrix adds positive numbers only, unless the factorisation pivots. What rounding then makes
/// negative is 0 in P^L alone, which only says where fluxes are cut: the balance of fluxes does not see it.
Array PositiveStepper::non_negative(const Array& values) const {
  const double least = la::minimum(comm_, values.size() > 0 ? values.minCoeff() : 0);
  if (!(least >= -rounding * la::maximum(comm_, values.abs().maxCoeff()))) {
    std::ostringstream text;
    text << "the monotone scheme has a density of " << least
         << " after a step of backward Euler: its generator is not monotone";
    throw core::InternalError(text.str());
  }
  return values.max(0.);
}

}  // namespace sgdflux::solve
