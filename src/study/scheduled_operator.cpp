#include "scheduled_operator.hpp"

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

std::unique_ptr<model::Sde> model_at(MPI_Comm comm, const ScheduledOperator::Models& models, double time) {
  std::unique_ptr<model::Sde> sde;
  la::guard(comm, [&] { sde = models ? models(time) : nullptr; });
  return sde;
}

}  // namespace

/// The model at one time on the grid.
struct ScheduledOperator::Moment {
  std::unique_ptr<model::Sde> sde;  // null: the assembly's own
  Assembly assembly;

  Moment(const Assembly& like, std::unique_ptr<model::Sde> now)
      : sde(std::move(now)), assembly(like.comm, sde ? *sde : like.sde, like.grid.axes(), like.problem.scheme) {}
};

/// Its generator, and what that refers to.
struct ScheduledOperator::Applied {
  std::shared_ptr<const Moment> moment;
  solve::MatrixFree matrix;

  explicit Applied(std::shared_ptr<const Moment> now)
      : moment(std::move(now)), matrix(moment->assembly.comm, moment->assembly.problem, moment->assembly.partition) {}
};

std::unique_ptr<ScheduledOperator> ScheduledOperator::beyond_factors(const Assembly& assembly, Models models) {
  const std::optional<Way> way = way_beyond_factors(assembly);
  return way ? make(assembly, std::move(models), *way) : nullptr;
}

std::unique_ptr<ScheduledOperator> ScheduledOperator::make(const Assembly& assembly, Models models, Way way) {
  std::unique_ptr<ScheduledOperator> result(new ScheduledOperator(assembly, std::move(models), way));
  return result->make_preconditioner(0) ? std::move(result) : nullptr;
}

ScheduledOperator::ScheduledOperator(const Assembly& assembly, Models models, Way way)
    : assembly_(assembly), models_(std::move(models)), way_(way) {
  generators_.matrix = [this](double time) {
    const auto applied = std::make_shared<Applied>(moment(time));
    return std::shared_ptr<const solve::MatrixFree>(applied, &applied->matrix);
  };
  generators_.preconditioner = [this](double time) {
    auto result = make_preconditioner(time);
    if (!result) {
      throw core::ConvergenceError("the model at time " + std::to_string(time) + " cannot be solved by " +
                                   to_string(way_) + " as that at the start: where there is noise has changed, or " +
                                   "which variables interact");
    }
    return result;
  };
}

std::shared_ptr<ScheduledOperator::Moment> ScheduledOperator::moment(double time) const {
  return std::make_shared<Moment>(assembly_, model_at(assembly_.comm, models_, time));
}

std::unique_ptr<la::Preconditioner> ScheduledOperator::make_preconditioner(double time) {
  std::unique_ptr<la::Preconditioner> result = approximate_inverse(moment(time)->assembly, way_);
  name_ = result ? result->name() : "";
  return result;
}

std::string ScheduledOperator::name() const {
  return la::to_string(la::Krylov::fgmres) + " with " + name_ + ", no matrix";
}

}  // namespace sgdflux::study
